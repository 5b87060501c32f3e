import { availableParallelism } from 'node:os';
import type { DecoderName } from '../decoders/decoder.js';
import { compileFfmpeg } from '../wasm/core-module.js';
import { ThreadPool } from './thread-pool.js';

const MAX_THREADS = 8;
const pools = new Map<DecoderName, ThreadPool>();

/** The process-wide pool behind `openVideo`, `encodeVideo` and `runFfmpeg`, one per decoder. */
export function sharedPool(decoder: DecoderName): ThreadPool {
  let pool = pools.get(decoder);
  if (!pool) {
    pool = new ThreadPool(Math.min(MAX_THREADS, availableParallelism()), async () => ({
      decoder,
      module: decoder === 'wasm' ? await compileFfmpeg() : undefined,
    }));
    pools.set(decoder, pool);
  }
  return pool;
}
