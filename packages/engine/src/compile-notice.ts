import type { Engine } from './engine.js';

/**
 * What is said before a step is first run on an engine that compiles it; undefined for one that does not. On CPUs
 * compiling takes TensorFlow 1 s and 0.25 s a block of the model (docs/benchmarks.md: 5 to 7 s for 24 blocks on two cores).
 */
export function compileNotice(
  engine: Pick<Engine, 'backend' | 'compiled' | 'gpu'>,
  what: string,
  blocks: number,
): string | undefined {
  if (!engine.compiled) return undefined;
  if (engine.backend === 'xla') return `compiling ${what} of ${blocks} blocks; by XLA this may take minutes`;
  if ((engine.gpu?.used ?? 0) > 0) return `compiling ${what} of ${blocks} blocks; on a GPU this may take minutes`;
  const seconds = 1 + 0.25 * blocks;
  return `compiling ${what} of ${blocks} blocks, about ${seconds < 5 ? Math.ceil(seconds) : 5 * Math.round(seconds / 5)} s where nobody else computes`;
}
