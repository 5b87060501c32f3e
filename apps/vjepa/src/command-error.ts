import type { OptionNames, Sentence } from '@vjepa/training';
import { commandLineName, REMEDIES } from './option-names.js';

/**
 * An error the user can mend: what is wrong, where, and the remedy. The command line prints its message alone, without
 * a stack trace (unless `VJEPA_DEBUG=1`), and exits with `exitCode`.
 */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/**
 * The message of anything thrown, for a sentence that goes on: that of an `InputError` with the flags of this program, or of a
 * command that has its own.
 */
export function reasonOf(error: unknown, nameOf: OptionNames = commandLineName): string {
  if (!(error instanceof Error)) return String(error);
  const { sentence, remedy, code } = error as { sentence?: Sentence; remedy?: string; code?: string };
  if (sentence === undefined) return error.message;
  const said = sentence.inWords(nameOf);
  const better = code === undefined ? undefined : REMEDIES[code];
  return better === undefined || remedy === undefined ? said : said.replace(remedy, better);
}
