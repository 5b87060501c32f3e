import type { ExistingRun } from '@vjepa/training';
import { CommandError } from '../command-error.js';

/** What a command line says of a run that is there already; undefined: nothing. */
export function existingRun(options: { resume?: boolean; overwrite?: boolean }): ExistingRun | undefined {
  if (options.resume && options.overwrite) throw new CommandError('--resume and --overwrite exclude each other');
  if (options.overwrite) return 'overwrite';
  return options.resume ? 'resume' : undefined;
}
