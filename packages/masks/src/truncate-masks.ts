import { type RandomGenerator, TorchRandom } from '@vjepa/random';
import type { SampleMask } from './sample-mask.js';
import type { MaskPair, TokenMask } from './token-mask.js';

/**
 * Which tokens of a sample stay when a batch is cut to its shortest member.
 *
 * - `raster`: the first ones in raster order, as the reference does. Time is the slowest axis, so the late frames are
 *   the ones dropped: with batches of 24 the last time step keeps about 5 % of the context that the first one keeps.
 * - `random`: a random subset, ascending, which favours no frame.
 */
export type Truncation = 'raster' | 'random';

interface TruncateOptions {
  truncation: Truncation;
  maxKeep?: number | null | undefined;
  random: RandomGenerator;
}

/**
 * Cuts all samples of a group to the group's smallest context and smallest target and stacks the first `rows` of them.
 * The random mode draws from `random`: call it after all blocks are placed, so that the mode does not move them.
 */
export function truncateMasks(samples: readonly SampleMask[], rows: number, options: TruncateOptions): MaskPair {
  const contexts = samples.map((sample) => sample.context);
  const targets = samples.map((sample) => sample.target);
  const contextLength = Math.min(shortest(contexts), options.maxKeep ?? Number.POSITIVE_INFINITY);
  const targetLength = shortest(targets);
  return {
    context: stack(contexts.slice(0, rows), contextLength, options),
    target: stack(targets.slice(0, rows), targetLength, options),
  };
}

function shortest(lists: readonly Int32Array[]): number {
  return lists.reduce((length, list) => Math.min(length, list.length), Number.POSITIVE_INFINITY);
}

function stack(lists: readonly Int32Array[], length: number, { truncation, random }: TruncateOptions): TokenMask {
  const indices = new Int32Array(lists.length * length);
  lists.forEach((list, row) => {
    const kept = truncation === 'raster' ? list.subarray(0, length) : randomSubset(list, length, random);
    indices.set(kept, row * length);
  });
  return { indices, shape: [lists.length, length] };
}

/** `length` of the values, every subset equally likely (a Fisher–Yates shuffle stopped early), ascending. */
function randomSubset(values: Int32Array, length: number, random: RandomGenerator): Int32Array {
  if (length === values.length) return values;
  const torch = new TorchRandom(random);
  const pool = values.slice();
  for (let chosen = 0; chosen < length; chosen++) {
    const other = chosen + torch.integer(0, pool.length - chosen);
    const value = pool[chosen]!;
    pool[chosen] = pool[other]!;
    pool[other] = value;
  }
  return pool.subarray(0, length).sort();
}
