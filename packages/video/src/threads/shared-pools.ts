import { availableParallelism } from 'node:os';
import type { DecoderName } from '../decoders/decoder.js';
import { threadSettings } from './choose-decoder.js';
import { ThreadPool } from './thread-pool.js';

const MAX_THREADS = 8;
const pools = new Map<DecoderName, ThreadPool>();

/** The process-wide pool behind `openVideo`, `encodeVideo` and `runFfmpeg`, one per decoder. */
export function sharedPool(decoder: DecoderName): ThreadPool {
  let pool = pools.get(decoder);
  if (!pool) {
    pool = new ThreadPool(Math.min(MAX_THREADS, availableParallelism()), () => threadSettings(decoder));
    pools.set(decoder, pool);
  }
  return pool;
}
