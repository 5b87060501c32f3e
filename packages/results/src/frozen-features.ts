import { type LabelKind, lowShotSplit } from '@vjepa/benchmarks';
import type { Engine, HostTensor } from '@vjepa/engine';
import { type ClipDraws, extractFeatures, type VideoFeatures } from '@vjepa/evaluation';
import { InputError } from '@vjepa/training';
import type { LabelledVideo } from '@vjepa/video';
import type { EncoderConfig } from '@vjepa/vit';
import type { LabelledSets } from './labelled-videos.js';

/** What a frozen encoder makes of all videos of a set, computed once for all probes. */
export interface FrozenFeatures {
  train: VideoFeatures;
  validation: VideoFeatures;
  test: VideoFeatures;
}

/** What features are computed with. */
export interface FeatureWork {
  engine: Engine;
  encoder: EncoderConfig;
  parameters: Record<string, HostTensor>;
  frameStep: number | undefined;
  workers: number | undefined;
  signal: AbortSignal | undefined;
  /** Told the share, 0..1, that is done. */
  onProgress: (share: number) => void;
}

/**
 * Features of the middle clip of every video, all tokens, in memory.
 *
 * @throws InputError naming the first video that cannot be read; the signal's reason when that ends it
 */
export async function frozenFeatures(sets: LabelledSets, work: FeatureWork): Promise<FrozenFeatures> {
  const parts = { train: 'train', validation: 'val', test: 'test' } as const;
  const videos = await Promise.all(Object.values(parts).map((part) => sets.read(part, 'joint')));
  const total = videos.reduce((sum, { length }) => sum + length, 0);
  const features: VideoFeatures[] = [];
  let done = 0;
  for (const part of videos) {
    const before = done;
    features.push(await featuresOf(part, work, (count) => work.onProgress((before + count) / total)));
    done += part.length;
  }
  const [train, validation, test] = features as [VideoFeatures, VideoFeatures, VideoFeatures];
  return { train, validation, test };
}

/**
 * Features of random crops of some videos, instead of the videos.
 *
 * @throws as `frozenFeatures` does
 */
export async function croppedFeatures(
  { videos, classNames }: Pick<VideoFeatures, 'videos' | 'classNames'>,
  { crops, scale, seed }: { crops: number; scale: readonly [number, number]; seed: number },
  work: FeatureWork,
): Promise<VideoFeatures> {
  const draws: ClipDraws = { count: crops, seed, scale, aspectRatio: [1, 1], flipProbability: 0 };
  const total = crops * videos.length;
  const found = await featuresOf(videos, work, (count) => work.onProgress(count / total), draws);
  return { ...found, classNames };
}

async function featuresOf(
  videos: readonly LabelledVideo[],
  { workers, signal, onProgress: _, ...work }: FeatureWork,
  onProgress: (count: number) => void,
  draws?: ClipDraws,
): Promise<VideoFeatures> {
  const found = await extractFeatures({
    ...work,
    ...(workers !== undefined && { workers }),
    ...{ videos, draws },
    onProgress(count) {
      onProgress(count);
      signal?.throwIfAborted();
    },
  });
  const [failure] = found.failures;
  if (failure !== undefined) throw new InputError({ subject: failure.path, problem: failure.reason });
  return found;
}

/** The same features, under another kind of label. */
export async function underLabel(
  features: FrozenFeatures,
  sets: LabelledSets,
  label: LabelKind,
): Promise<FrozenFeatures> {
  const relabelled = async (split: 'train' | 'val' | 'test', part: VideoFeatures): Promise<VideoFeatures> => {
    return { ...part, videos: await sets.read(split, label), classNames: sets.classNames[label] };
  };
  return {
    train: await relabelled('train', features.train),
    validation: await relabelled('val', features.validation),
    test: await relabelled('test', features.test),
  };
}

/** The mean of each video's tokens: all that an average probe sees. */
export function meanFeatures(features: FrozenFeatures): FrozenFeatures {
  return {
    train: meanOverTokens(features.train),
    validation: meanOverTokens(features.validation),
    test: meanOverTokens(features.test),
  };
}

/** The mean of each video's tokens, as the one token. */
export function meanOverTokens({ features, layout, ...rest }: VideoFeatures): VideoFeatures {
  const { looks, tokens, width } = layout;
  const means = features.map((values) => {
    if (values === undefined) return undefined;
    const mean = new Float64Array(looks * width);
    for (const [i, value] of values.entries()) {
      mean[Math.floor(i / (tokens * width)) * width + (i % width)]! += value / tokens;
    }
    return Float32Array.from(mean);
  });
  return { ...rest, features: means, layout: { ...layout, tokens: 1 } };
}

/** A share of every class. */
export function shareOf(features: VideoFeatures, { share, seed }: { share: number; seed: number }): VideoFeatures {
  if (share === 1) return features;
  const candidates = features.videos.map((video, index) => ({ ...video, index }));
  const drawn = lowShotSplit(candidates, { fraction: share, seed });
  return {
    ...features,
    videos: drawn.map(({ index }) => features.videos[index]!),
    features: drawn.map(({ index }) => features.features[index]),
  };
}
