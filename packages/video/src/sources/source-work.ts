import { VideoError } from '../video-error.js';

/** Limit for a read where nobody set one. */
const DEFAULT_MS = 60_000;

/** A thread works on one request at a time; this is what its reads need to know of it, and what came of them. */
let deadline: number | undefined;
let failure: VideoError | undefined;

/**
 * Does a thread's work on its sources within a time limit. A read that fails is the failure of the whole work, whatever
 * a decoder made of it: to a decoder it looks like the end of the file, or like damage.
 * @throws VideoError of the first read that failed, else what `work` throws
 */
export async function workOnSources<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  deadline = performance.now() + timeoutMs;
  failure = undefined;
  try {
    const result = await work();
    requireReads();
    return result;
  } catch (error) {
    throw failure ?? error;
  } finally {
    deadline = undefined;
    failure = undefined;
  }
}

/** @throws VideoError of the first read that failed since the work began */
export function requireReads(): void {
  if (failure) throw failure;
}

/** Milliseconds left for a read. @throws VideoError `timeout` */
export function remainingMs(path: string): number {
  if (deadline === undefined) return DEFAULT_MS;
  const left = deadline - performance.now();
  if (left <= 0) throw new VideoError('timeout', path, 'the time limit passed while reading');
  return left;
}

/** A read of a source: its failure is kept, and once one has failed the others are spared. */
export function sourceRead<T>(path: string, read: () => T): T {
  requireReads();
  try {
    return read();
  } catch (error) {
    const noted = VideoError.from(error, path, 'unreadable');
    // Without a request there is nobody to tell it but the caller.
    if (deadline !== undefined) failure = noted;
    throw noted;
  }
}
