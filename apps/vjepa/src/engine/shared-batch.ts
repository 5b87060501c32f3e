import { type Engine, EngineError, requireSharedBatch as requireOfLibrary } from '@vjepa/engine';
import { engineProblem } from './engine-problem.js';

/**
 * Training takes batches of one size, which several devices share equally.
 *
 * @param size samples of a batch
 * @param key what sets them in the config
 * @throws CommandError if the engine's devices cannot share them
 */
export function requireSharedBatch(engine: Engine, size: number, key: string): void {
  try {
    requireOfLibrary(engine, size);
  } catch (error) {
    throw error instanceof EngineError ? engineProblem(error, key) : error;
  }
}
