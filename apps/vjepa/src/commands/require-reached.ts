import { CommandError } from '../command-error.js';

/** @throws CommandError when files are left out that may be readable at another time */
export function requireReached(unreached: number, files: number, more = ''): void {
  if (unreached === 0) return;
  throw new CommandError(`${unreached} of ${files} files could not be reached or took too long, twice${more}`);
}
