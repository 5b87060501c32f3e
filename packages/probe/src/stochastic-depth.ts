import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';

/** Uniform on [0, 1). */
export function uniform(random: RandomGenerator): number {
  return random.nextUint32() / 0x100000000;
}

/**
 * Draws stochastic depth (Huang et al. 2016) for one step: each sample skips each residual branch with a probability
 * that grows linearly from 0 in the first block to `rate` in the last, and kept branches are scaled up to make up.
 *
 * @param rate 0 <= rate < 1
 * @returns [depth, 2, B], the `branchScale` input of the fine-tuning step
 */
export function sampleBranchScale(
  { depth, batchSize, rate }: { depth: number; batchSize: number; rate: number },
  random: RandomGenerator,
): FloatTensor {
  checkRate('stochastic depth', rate);
  const data = new Float32Array(depth * 2 * batchSize);
  data.forEach((_, i) => {
    const block = Math.floor(i / (2 * batchSize));
    const drop = depth === 1 ? rate : (rate * block) / (depth - 1);
    data[i] = uniform(random) < drop ? 0 : 1 / (1 - drop);
  });
  return { shape: [depth, 2, batchSize], data };
}

/**
 * Draws dropout of the pooled features for one step.
 *
 * @param rate 0 <= rate < 1
 * @returns [B, D], the `dropout` input of the fine-tuning step
 */
export function sampleDropout(
  { batchSize, embedDim, rate }: { batchSize: number; embedDim: number; rate: number },
  random: RandomGenerator,
): FloatTensor {
  checkRate('dropout', rate);
  const data = new Float32Array(batchSize * embedDim);
  data.forEach((_, i) => {
    data[i] = uniform(random) < rate ? 0 : 1 / (1 - rate);
  });
  return { shape: [batchSize, embedDim], data };
}

function checkRate(what: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new Error(`the rate of ${what} is ${rate}; it must be at least 0 and below 1`);
}
