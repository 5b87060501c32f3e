import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { uniform } from './stochastic-depth.js';

/** How often and how strongly mixup and cutmix mix the samples of a batch. */
export interface MixSettings {
  /** alpha of mixup's Beta(alpha, alpha); 0 for no mixup. */
  mixup: number;
  /** alpha of cutmix; 0 for no cutmix. */
  cutmix: number;
  /** Probability that a batch is mixed at all. */
  probability: number;
  /** Probability of cutmix where both are on. */
  switchProbability: number;
}

/** How a batch is mixed with itself in reverse order. */
export interface Mix {
  /** [H, W], each pixel's share of the sample itself; the rest is its partner's. The `mix` input of the step. */
  map: FloatTensor;
  /** The sample's share of its label: the mean of the map. */
  share: number;
}

/**
 * Draws one batch's mixup (Zhang et al. 2018) or cutmix (Yun et al. 2019): every sample is mixed with its partner in
 * the reversed batch by one share, over the whole clip or in a box that goes through all frames.
 */
export function sampleMix(
  settings: MixSettings,
  { height, width }: { height: number; width: number },
  random: RandomGenerator,
): Mix {
  const data = new Float32Array(height * width).fill(1);
  const map = { shape: [height, width], data };
  const { mixup, cutmix, probability, switchProbability } = settings;
  if ((mixup === 0 && cutmix === 0) || uniform(random) >= probability) return { map, share: 1 };
  const cut = cutmix > 0 && (mixup === 0 || uniform(random) < switchProbability);
  if (!cut) {
    const share = sampleBeta(mixup, random);
    data.fill(share);
    return { map, share };
  }
  const side = Math.sqrt(1 - sampleBeta(cutmix, random));
  const [top, bottom] = interval(height, side, random);
  const [left, right] = interval(width, side, random);
  for (let y = top; y < bottom; y++) data.fill(0, y * width + left, y * width + right);
  // The border may have cut the box, so the share is what the box really left.
  return { map, share: 1 - ((bottom - top) * (right - left)) / (height * width) };
}

/** The box's extent along one axis: `fraction` of the length around a uniform centre, cut at the border. */
function interval(length: number, fraction: number, random: RandomGenerator): [number, number] {
  const half = Math.floor(Math.floor(length * fraction) / 2);
  const center = Math.floor(uniform(random) * length);
  return [Math.max(center - half, 0), Math.min(center + half, length)];
}

/** Beta(alpha, alpha) by Joehnk's rejection, which suits the alphas in use (at most about 1). */
function sampleBeta(alpha: number, random: RandomGenerator): number {
  for (;;) {
    const x = uniform(random) ** (1 / alpha);
    const y = uniform(random) ** (1 / alpha);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

/**
 * Training targets for mixed batches: smoothed labels, each sample's mixed with its partner's in the reversed batch.
 *
 * @param options.smoothing mass spread evenly over all classes
 * @param options.share the sample's own share, 1 without mixing
 * @returns [B, numClasses], the `targets` input of the fine-tuning step
 * @throws if a label is not one of the classes
 */
export function softTargets(
  labels: ArrayLike<number>,
  { numClasses, smoothing = 0, share = 1 }: { numClasses: number; smoothing?: number; share?: number },
): FloatTensor {
  const B = labels.length;
  const data = new Float32Array(B * numClasses).fill(smoothing / numClasses);
  for (let b = 0; b < B; b++) {
    const label = labels[b]!;
    if (!Number.isInteger(label) || label < 0 || label >= numClasses) {
      throw new Error(`label ${label} of sample ${b} is outside the ${numClasses} classes 0..${numClasses - 1}`);
    }
    data[b * numClasses + label]! += share * (1 - smoothing);
    data[(B - 1 - b) * numClasses + label]! += (1 - share) * (1 - smoothing);
  }
  return { shape: [B, numClasses], data };
}
