import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, shown } from './benchmark-error.js';
import { recordsOf, splitFields } from './comma-separated.js';
import { IMAGE_EXTENSIONS, VIDEO_EXTENSIONS } from './file-listing.js';
import { readNpyStrings } from './npy-strings.js';
import { parseIndex, readText, type TextLine } from './text-file.js';

/** One line of a list. */
export interface ListedVideo {
  /** As the list has it. */
  path: string;
  /** undefined: the line has no label, or one that is no number. */
  label: number | undefined;
  /** A label that is no class number from 0, such as a class's name. */
  className: string | undefined;
  /** 1-based line; in a .npy file, the 1-based place. */
  line: number;
  /** The line, for messages. */
  text: string;
}

/** What a list's name ends in. */
export const LIST_EXTENSIONS: ReadonlySet<string> = new Set(['.csv', '.txt', '.tsv', '.npy']);

/**
 * Reads a list of videos. In text, a line per video: a path, and its label after the last space, as the reference has
 * it (so a path may hold spaces), after a tab, a comma, a semicolon or `::`, or not there at all. A path may stand in double
 * quotes, with doubled quotes inside. Blank lines and lines that begin with `#` are passed over (unless a file has that
 * name); a first line such as `path,label` names the columns, in any order. A `.npy` holds an array of paths, label 0.
 *
 * A label that is no number is a class's name; after a space only where the path before it ends in a file extension.
 *
 * @param root folder of relative paths, to tell a file whose name begins with `#` from a comment, one named `clip` from a column's name
 * @throws BenchmarkError for a missing file, an unclosed quote, a line without a path
 */
export async function readListFile(file: string, root: string): Promise<ListedVideo[]> {
  if (extname(file).toLowerCase() === '.npy') {
    return (await readNpyStrings(file)).map((path, place) => ({
      ...{ path, label: 0, className: undefined, line: place + 1, text: path },
    }));
  }
  const records = recordsOf(file, await readText(file)).filter(({ text }) => !isComment(text, root));
  const header = records[0] && headerOf(file, root, records[0]);
  if (header === undefined) return records.map((record) => parseLine(file, record));
  const rows = records.slice(1);
  return header === 'plain' ? rows.map((record) => parseLine(file, record)) : parseRows(file, rows, header);
}

/**
 * Where a listed path is: relative ones start from `root`, `~/` from the home folder, a `file://` address becomes a
 * path, and an http(s) address stays as it is.
 *
 * @throws Error for an address that cannot be read
 */
export function resolveListed(path: string, root: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]?.toLowerCase();
  if (scheme === 'file') return fileURLToPath(path);
  if (scheme === 'http' || scheme === 'https') {
    if (!URL.canParse(path)) throw new Error(`'${path}' is no address`);
    return path;
  }
  if (scheme !== undefined && !existsSync(resolve(root, path))) {
    throw new Error(`'${path}': ${scheme} addresses are not read; expected a path, or an http(s) or file address`);
  }
  return path.startsWith('~/') && !existsSync(join(root, '~')) ? join(homedir(), path.slice(2)) : resolve(root, path);
}

function isComment(text: string, root: string): boolean {
  if (!/^\s*#/.test(text)) return false;
  const { path } = splitLine(text);
  return !existsSync(resolve(root, path));
}

interface Columns {
  separator: ',' | ';' | '\t';
  count: number;
  path: number;
  label: number | undefined;
}

const PATH_COLUMNS = new Set(
  'path file filename filepath fullpath relativepath name video videopath videofile videoname clip image url'.split(
    ' ',
  ),
);
const LABEL_COLUMNS = new Set('label labels labelid class classid classname category target'.split(' '));

/** Where a first line that names columns has them; 'plain' when only the line itself is to be passed over. */
function headerOf(file: string, root: string, { text, number: line }: TextLine): Columns | 'plain' | undefined {
  const separator = ([',', ';', '\t'] as const).find((by) => text.includes(by));
  // Any line is looked at in this way, so nothing here may find fault with its quotes.
  const fields = separator === undefined ? text.trim().split(/\s+/) : text.split(separator);
  const names = fields.map((field) =>
    field
      .toLowerCase()
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replace(/[\s_-]/g, ''),
  );
  const path = names.findIndex((name) => PATH_COLUMNS.has(name));
  const label = names.findIndex((name) => LABEL_COLUMNS.has(name));
  if (path < 0 || names.some((name) => /^\d+$/.test(name) || endsInExtension(name))) return undefined;
  // A column without a name: the row numbers that pandas writes.
  if (names.includes('') && label < 0) return undefined;
  if (separator !== undefined) return { separator, count: names.length, path, label: label < 0 ? undefined : label };
  if (names.length === 2 && label === 0) {
    throw new BenchmarkError(
      file,
      `${shown(text)}: the path comes first, then the label; or separate them by commas`,
      line,
    );
  }
  // A video may have such a name.
  if (names.length === 1) return existsSync(resolve(root, fields[0]!)) ? undefined : 'plain';
  return names.length === 2 && label === 1 ? 'plain' : undefined;
}

function parseRows(file: string, rows: readonly TextLine[], columns: Columns): ListedVideo[] {
  return splitFields(file, rows, columns.separator).map((fields, i) => parseRow(file, rows[i]!, fields, columns));
}

function parseRow(
  file: string,
  { text, number: line }: TextLine,
  fields: readonly string[],
  columns: Columns,
): ListedVideo {
  if (fields.length !== columns.count) {
    throw new BenchmarkError(file, `has ${fields.length} fields, its first line names ${columns.count}`, line);
  }
  const path = fields[columns.path]!;
  if (path === '' || path.includes('\0')) throw new BenchmarkError(file, `${shown(text)} has no path`, line);
  return { path, ...readLabel(columns.label === undefined ? '' : fields[columns.label]!), line, text };
}

function parseLine(file: string, { text, number: line }: TextLine): ListedVideo {
  const { path, label } = splitLine(text);
  if (path === '' || /[\t\0]/.test(path) || /^[\s,;:]*\d*\s*$/.test(text)) {
    throw new BenchmarkError(file, `${shown(text)} is not 'path label'`, line);
  }
  return { path, ...readLabel(label), line, text };
}

/** A line's path and the text of its label; an empty path for a line that cannot be read. */
function splitLine(line: string): { path: string; label: string } {
  const text = line.trim();
  if (text.startsWith('"')) {
    const [, path, label] = /^"((?:[^"]|"")*)"(?:(?:\s*(?:[,;]|::)\s*|\s+)(.*))?$/s.exec(text) ?? [];
    return { path: path?.replaceAll('""', '"') ?? '', label: label ?? '' };
  }
  const numbered = /^(.*\S)(?:\s*(?:[,;]|::)\s*|\s+)(\d{1,15})$/.exec(text);
  // `path, 3`: the comma separates as well.
  if (numbered) return { path: numbered[1]!.replace(/\s*([,;]|::)$/, ''), label: numbered[2]! };
  if (endsInExtension(text)) return { path: text, label: '' };
  const named = /^(.*\S)\s*(?:[,;\t]|::)\s*([^,;\t]*)$/.exec(text);
  if (named && (endsInExtension(named[1]!) || text.includes('\t'))) return { path: named[1]!, label: named[2]! };
  const spaced = /^(.*\.\w{2,5})\s+(\S.*)$/.exec(text);
  if (spaced && endsInExtension(spaced[1]!)) return { path: spaced[1]!, label: spaced[2]! };
  return { path: text, label: '' };
}

function readLabel(written: string): Pick<ListedVideo, 'label' | 'className'> {
  const text = written.trim().replace(/^"(.*)"$/s, '$1');
  const label = parseIndex(text);
  return { label, className: label === undefined && text !== '' ? text : undefined };
}

function endsInExtension(path: string): boolean {
  const extension = extname(path).toLowerCase();
  return VIDEO_EXTENSIONS.has(extension) || IMAGE_EXTENSIONS.has(extension);
}
