import { retryUnavailable } from '../retry-unavailable.js';
import { absoluteSource } from '../sources/source-location.js';
import { sharedPool } from '../threads/shared-pools.js';
import type { TarVideo } from './tar-videos.js';

const PATIENCE_MS = 60_000;

/**
 * Lists the videos of a WebDataset-style tar shard, on disk or behind http(s), without unpacking it: only headers and
 * labels are read, and the videos are later decoded in place. A server or disk that fails is asked again for a minute.
 *
 * @example const shards = await Promise.all(files.map((file) => listTarVideos(file)));
 * const loader = createClipLoader({ videos: shards.flat(), … });
 * const order = shardOrder({ shards: shards.map((videos) => videos.length), bufferSize: 1000, seed, epoch });
 * @throws VideoError naming the archive
 */
export async function listTarVideos(archive: string, options: { timeoutMs?: number } = {}): Promise<TarVideo[]> {
  const path = absoluteSource(archive);
  const { timeoutMs = 300_000 } = options;
  const until = performance.now() + Math.min(timeoutMs, PATIENCE_MS);
  const list = () => sharedPool('wasm').call({ kind: 'tar', path, timeoutMs }, path);
  return retryUnavailable(list, { giveUpAt: () => until });
}
