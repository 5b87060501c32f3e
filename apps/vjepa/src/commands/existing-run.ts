import { existsSync } from 'node:fs';
import type { ExistingRun } from '@vjepa/training';
import { CommandError } from '../command-error.js';

/** What a command line says of a run that is there already; undefined: nothing. */
export function existingRun(options: { resume?: boolean; overwrite?: boolean }): ExistingRun | undefined {
  if (options.resume && options.overwrite) throw new CommandError('--resume and --overwrite exclude each other');
  if (options.overwrite) return 'overwrite';
  return options.resume ? 'resume' : undefined;
}

/**
 * What becomes of a run that `vjepa launch` has begun and starts again, because a host was lost: it is gone on with, or begun
 * anew where nothing was saved. Undefined: it was not started again.
 *
 * @param place what is there when it has begun
 */
export function startedAgain(place: string, isSaved: boolean): ExistingRun | undefined {
  if (!(Number(process.env.VJEPA_RESTARTS ?? 0) > 0)) return undefined;
  if (!existsSync(place)) return 'refuse';
  return isSaved ? 'resume' : 'overwrite';
}
