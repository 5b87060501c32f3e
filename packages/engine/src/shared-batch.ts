import type { Engine } from './engine.js';
import { EngineError } from './engine-error.js';

/**
 * Training takes batches of one size, which several devices share equally: with another size some would do nothing.
 *
 * @param size samples of a batch
 * @throws EngineError `uneven-batch` if the engine's devices cannot share them
 */
export function requireSharedBatch({ devices }: Pick<Engine, 'devices'>, size: number): void {
  if (size % devices === 0) return;
  throw new EngineError({
    code: 'uneven-batch',
    setting: 'devices',
    found: devices,
    batchSize: size,
    reason: `they cannot share a batch of ${size} equally`,
    remedy: `make it a multiple of ${devices}`,
  });
}
