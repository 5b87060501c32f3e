import { CheckpointError } from './checkpoint-error.js';

/** The header, a tensor's entry, its shape. */
const MAX_DEPTH = 3;

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs;

/**
 * Refuses what JSON.parse lets pass: a name that stands twice in one object, of which it keeps the last, so that
 * another reader may see another tensor; and nesting that no header has.
 *
 * @throws CheckpointError
 */
export function checkStructure(path: string, text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let string = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') addName(path, open.at(-1), string);
    else string = token;
    if (open.length > MAX_DEPTH) {
      throw new CheckpointError(path, `its header nests deeper than ${MAX_DEPTH} levels`, 'do not trust it');
    }
  }
}

function addName(path: string, names: Set<string> | undefined, string: string): void {
  const name = string.includes('\\') ? unescaped(string) : string;
  if (names?.has(name)) {
    throw new CheckpointError(path, `its header names ${name} twice`, 'do not trust it: write it anew');
  }
  names?.add(name);
}

/** Two spellings of one name. */
function unescaped(string: string): string {
  try {
    return JSON.stringify(JSON.parse(string));
  } catch {
    return string; // Not JSON, as parsing the whole will say.
  }
}
