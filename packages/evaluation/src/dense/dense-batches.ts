import type { AnnotatedPicture } from '@vjepa/benchmarks';
import { permutation, stream } from '@vjepa/random';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import { centreCrop, cutOut, type DenseSample, randomCrop } from './dense-crop.js';
import type { DensePlan } from './dense-plan.js';
import type { DenseSet } from './dense-set.js';

/** Features of a batch's crops and what their pixels are. */
interface DenseBatch {
  /** [B, N, D] */
  features: Float32Array;
  /** [B, h, w] */
  targets: Float32Array;
  /** [h, w] of the targets. */
  shape: [number, number];
  /** Whether some of the targets count. */
  counts: boolean;
}

/** Draws the batches of a training; keeps what is the same in every epoch. */
export interface DenseBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** The batches of an epoch from step `first` on, the crops of the next being cut while one is used. */
  epoch(epoch: number, first: number): AsyncGenerator<DenseBatch>;
  /** Whether some pixel of the pictures counts, in crops or beside them. */
  someCount(): Promise<boolean>;
}

/** Keep apart what is drawn of one seed: the order of pictures, and crops. */
const ORDER = 0x0de5e;
const CROPS = 0x1de5e;

/** Batches of some of a set's pictures: the order is drawn in each epoch, each crop by (seed, epoch, picture). */
export function denseBatches(
  plan: DensePlan,
  set: DenseSet,
  entries: readonly AnnotatedPicture[],
  extractor: FeatureExtractor,
): DenseBatches {
  const { size, seed, training } = plan;
  const { targetStride: stride, scale, augment } = training;
  const batchSize = Math.min(training.batchSize, entries.length);
  const stepsPerEpoch = Math.floor(entries.length / batchSize);
  const shape: [number, number] = [Math.ceil(size.height / stride), Math.ceil(size.width / stride)];
  const featureLength = extractor.tokens * extractor.width;
  const kept = new Map<number, { features: Float32Array; targets: DenseSample['targets'] }>();

  async function sample(epoch: number, index: number): Promise<DenseSample> {
    const dense = await set.read(entries[index]!);
    const { picture } = dense;
    const crop = augment
      ? randomCrop(picture, size, scale, stream([seed, epoch, index], CROPS))
      : centreCrop(picture, size);
    return cutOut(dense, crop, size, { ignored: set.ignored, stride });
  }

  async function batchOf(indices: readonly number[], samples: readonly DenseSample[]): Promise<DenseBatch> {
    const pixels = new Uint8Array(samples.length * size.height * size.width * 3);
    for (const [i, sample] of samples.entries()) pixels.set(sample.pixels, (i * pixels.length) / samples.length);
    const fresh = samples.length > 0 ? await extractor.extract(pixels, samples.length) : new Float32Array(0);
    if (!augment) {
      for (const [i, index] of indices.filter((own) => !kept.has(own)).entries()) {
        const features = fresh.slice(i * featureLength, (i + 1) * featureLength);
        kept.set(index, { features, targets: samples[i]!.targets });
      }
    }
    const parts = augment
      ? samples.map(({ targets }, i) => ({
          targets,
          features: fresh.subarray(i * featureLength, (i + 1) * featureLength),
        }))
      : indices.map((index) => kept.get(index)!);
    const targets = joined(parts.map((part) => part.targets));
    return { features: joined(parts.map((part) => part.features)), targets, shape, counts: targets.some(set.counts) };
  }

  return {
    ...{ stepsPerEpoch, batchSize },
    async someCount() {
      for (const entry of entries) {
        const { targets } = await set.read(entry);
        if ([...targets.values].some(set.counts)) return true;
      }
      return false;
    },
    async *epoch(epoch, first) {
      const order = permutation(stream([seed, epoch], ORDER), entries.length);
      const cut = (step: number) => {
        if (step >= stepsPerEpoch) return undefined;
        const indices = order.slice(step * batchSize, (step + 1) * batchSize);
        const asked = augment ? indices : indices.filter((index) => !kept.has(index));
        const samples = Promise.all(asked.map((index) => sample(epoch, index)));
        samples.catch(() => undefined);
        return { indices, samples };
      };
      let next = cut(first);
      while (next !== undefined) {
        const { indices, samples } = next;
        const ready = await samples;
        first += 1;
        next = cut(first);
        yield await batchOf(indices, ready);
      }
    },
  };
}

/** One after the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
