import {
  type Engine,
  EngineError,
  type EngineOptions as LibraryOptions,
  openEngine as openLibraryEngine,
} from '@vjepa/engine';
import { engineLine } from './engine-line.js';
import { engineProblem } from './engine-problem.js';

export type { Engine, Precision } from '@vjepa/engine';

type BackendName = 'tensorflow' | 'xla' | 'wasm';

export interface EngineOptions extends LibraryOptions {
  backend?: BackendName;
  /** What sets the precision to bfloat16, in the user's words, for advice. Default: none is given. */
  bfloat16Setting?: string;
}

/**
 * The engine of a command: @vjepa/engine's, described and refused in the command line's words.
 *
 * @throws CommandError when something was asked for and cannot be had
 */
export async function openEngine({ bfloat16Setting, ...options }: EngineOptions = {}): Promise<Engine> {
  try {
    const engine = await openLibraryEngine(options);
    return { ...engine, description: engineLine(engine, options, bfloat16Setting) };
  } catch (error) {
    throw error instanceof EngineError ? engineProblem(error) : error;
  }
}
