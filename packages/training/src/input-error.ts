import { Sentence, sentence } from './sentence.js';

/** What a user can mend. */
export interface InputProblem {
  /** The file, the folder or the option that it is about. */
  subject?: string | Sentence | undefined;
  /** What is wrong with it; left out, the message says what was expected and found. */
  problem?: string | Sentence | undefined;
  expected?: string | Sentence | undefined;
  found?: unknown;
  /** What helps. One that begins with a capital letter becomes a sentence of its own. */
  remedy?: string | Sentence | undefined;
  /** For programs that act on it, such as `run-exists`. */
  code?: string | undefined;
  cause?: unknown;
}

/**
 * An error the user can mend: `subject: problem; remedy`, or `subject: expected …, found …; remedy`. The message names
 * options as TypeScript does; a program with other names for them says `sentence.inWords(…)`.
 */
export class InputError extends Error {
  readonly sentence: Sentence;
  readonly subject: string | undefined;
  readonly expected: string | undefined;
  readonly found: unknown;
  readonly remedy: string | undefined;
  readonly code: string | undefined;

  constructor(problem: InputProblem) {
    const { subject, expected, found, remedy, code, cause } = problem;
    const said = composed(problem);
    super(said.toString(), cause === undefined ? undefined : { cause });
    this.name = 'InputError';
    this.sentence = said;
    this.subject = subject?.toString();
    this.expected = expected?.toString();
    this.found = found;
    this.remedy = remedy?.toString();
    this.code = code;
  }
}

function composed({ subject, problem, expected, found, remedy }: InputProblem): Sentence {
  const wrong =
    problem ?? sentence`expected ${expected}, found ${typeof found === 'number' ? found : JSON.stringify(found)}`;
  const parts: unknown[] = subject === undefined ? [wrong] : [subject, ': ', wrong];
  if (remedy !== undefined) parts.push(/^\p{Lu}/u.test(remedy.toString()) ? '. ' : '; ', remedy);
  return Sentence.of(parts);
}

/** The message of anything thrown, for a sentence that goes on. */
export function reasonOf(error: unknown): string | Sentence {
  if (error instanceof InputError) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}
