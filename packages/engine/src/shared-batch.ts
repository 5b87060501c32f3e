import type { Engine } from './engine.js';
import { EngineError } from './engine-error.js';

/**
 * Training takes batches of one size, which several devices share equally: with another size some would do nothing.
 *
 * @param size samples of a batch
 * @param parts how many parts it comes in, one after the other
 * @throws EngineError `uneven-batch` if the engine's devices cannot share them
 */
export function requireSharedBatch({ devices }: Pick<Engine, 'devices'>, size: number, parts = 1): void {
  const multiple = devices * parts;
  if (size % multiple === 0) return;
  const inParts = parts === 1 ? '' : ` in ${parts} parts`;
  throw new EngineError({
    code: 'uneven-batch',
    setting: 'devices',
    found: devices,
    batchSize: size,
    reason: `they cannot share a batch of ${size} equally${inParts}`,
    remedy: `make it a multiple of ${multiple}`,
  });
}
