import { setTimeout as sleep } from 'node:timers/promises';
import { VideoError } from './video-error.js';

/** A video that cannot be reached just now and will be asked for again. */
export interface UnavailableVideo {
  path: string;
  /** The `VideoError`'s message. */
  reason: string;
  /** Until it is asked for again. */
  waitMs: number;
}

export interface RetryOptions {
  /** The time, by `performance.now()`, after which a failure is the answer; asked after each failure. */
  giveUpAt: () => number;
  onUnavailable?: ((video: UnavailableVideo) => void) | undefined;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/** Between two attempts, doubled each time up to the longest; longer where the server asks for it. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Does what needs a video that may be out of reach for a while: again and again, as long as the failure is
 * `unavailable` and the time has not come to give up.
 * @throws what `attempt` throws last
 */
export async function retryUnavailable<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VideoError) || error.code !== 'unavailable') throw error;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      const waitMs = Math.max(pause, error.retryAfterMs ?? 0);
      if (performance.now() + waitMs > options.giveUpAt()) throw error;
      options.onUnavailable?.({ path: error.path, reason: error.message, waitMs });
      await sleep(waitMs, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {
        throw new VideoError('closed', error.path, 'the work was stopped while waiting for the video');
      });
    }
  }
}
