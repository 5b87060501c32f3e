import type { Sentence } from '@vjepa/training';
import { commandLineName } from './option-names.js';

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

/** The message of anything thrown, for a sentence that goes on: that of an `InputError` with the flags of this program. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { sentence } = error as { sentence?: Sentence };
  return sentence === undefined ? error.message : sentence.inWords(commandLineName);
}
