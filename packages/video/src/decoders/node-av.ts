import type { AVLogLevel } from 'node-av/constants';
import type * as NodeAv from 'node-av/lib';
import { VideoError } from '../video-error.js';

/** FFmpeg's log level at which nothing is printed. */
const LOG_QUIET = -8 as AVLogLevel;

let loading: Promise<typeof NodeAv> | undefined;

/**
 * Loads node-av. FFmpeg's own printing to standard error, one setting for the whole process, is turned off: what
 * matters is in the errors.
 * @throws VideoError `decoder-unavailable` with the command that installs it
 */
export function loadNodeAv(): Promise<typeof NodeAv> {
  loading ??= import('node-av/lib').then(
    (av) => {
      av.Log.setLevel(LOG_QUIET);
      return av;
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw new VideoError('decoder-unavailable', 'node-av', `${reason}; install it with: npm install node-av@6.1.1`);
    },
  );
  return loading;
}
