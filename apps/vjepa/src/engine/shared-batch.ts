import { CommandError } from '../command-error.js';
import type { Engine } from './engine.js';

/**
 * Training takes batches of one size, which several devices share equally: with another size some would do nothing.
 *
 * @param size samples of a batch
 * @param key what sets them in the config
 * @throws CommandError if the engine's devices cannot share them
 */
export function requireSharedBatch({ devices }: Engine, size: number, key: string): void {
  if (size % devices === 0) return;
  throw new CommandError(
    `--devices: ${key} is ${size}, which ${devices} devices cannot share equally; make it a multiple of ${devices}`,
  );
}
