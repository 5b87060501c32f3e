import { stat } from 'node:fs/promises';
import { retryUnavailable } from '../retry-unavailable.js';
import { sharedPool } from '../threads/shared-pools.js';
import { VideoError } from '../video-error.js';
import { absoluteSource, parseSource } from './source-location.js';

const TIMEOUT_MS = 60_000;

/**
 * What tells the contents of a source from those it had or will have: size and time of change of a file (for a member
 * of a tar archive, the archive's), size and entity tag (or time of change) behind http(s). A few bytes are read at most.
 * @throws VideoError `missing`, `unreadable` or `unavailable`
 */
export async function sourceVersion(source: string): Promise<string> {
  const path = absoluteSource(source);
  const { kind, place } = parseSource(path);
  if (kind === 'file') return fileVersion(path, place);
  const until = performance.now() + TIMEOUT_MS;
  const ask = () => sharedPool('wasm').call({ kind: 'version', path, timeoutMs: TIMEOUT_MS }, path);
  return retryUnavailable(ask, { giveUpAt: () => until });
}

async function fileVersion(path: string, place: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(place);
    return `${size} bytes, ${mtimeMs}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw VideoError.from(error, path, code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable');
  }
}
