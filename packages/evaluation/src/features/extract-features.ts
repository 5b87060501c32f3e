import { availableParallelism } from 'node:os';
import type { FeatureLayout } from '@vjepa/probe';
import { type ClipAugmentation, requireCounts, unfitSetting } from '@vjepa/training';
import type { LabelledVideo } from '@vjepa/video';
import type { ClipEncoder } from '@vjepa/vit';
import { type ClipRecipe, type ClipSettings, recipeLoader, videoRecipes } from '../evaluate/clip-recipe.js';
import type { BadSample, FeatureSource } from '../evaluate/feature-source.js';
import { liveFeatures } from '../evaluate/live-features.js';
import type { Loading } from '../evaluate/loading.js';
import { everySample } from '../evaluate/sample-plan.js';
import { kindOf } from '../require-given.js';
import { featureExtractor } from './feature-extractor.js';
import { type FeatureExtractorOptions, requireExtractor } from './feature-options.js';

/** What `extractFeatures` takes. */
export interface ExtractFeaturesOptions
  extends Omit<FeatureExtractorOptions, 'frames' | 'size' | 'foretold'>,
    Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate' | 'segments' | 'views' | 'attendAcrossSegments'>,
    Partial<Loading> {
  /** What `readVideoIndex` gives, or videos with their labels. */
  videos: VideoList;
  /** Clips drawn from each video, in place of its middle. Default: nothing is random. */
  draws?: ClipDraws | undefined;
  /** Told of progress, in videos. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How clips are drawn and augmented, as a probe's training clips are: by default a crop of 0.3 to 1 of a frame's area. */
export interface ClipDraws extends ClipAugmentation {
  /** Clips of each video; all videos come once before the first comes again. */
  count: number;
  /** Default 0. */
  seed?: number | undefined;
}

/** Labelled videos. */
export type VideoList =
  | readonly LabelledVideo[]
  | {
      readonly entries: readonly LabelledVideo[];
      /** Listed but not there. */
      readonly missing?: readonly LabelledVideo[] | undefined;
      readonly classNames?: readonly string[] | undefined;
    };

/** Frozen features of videos with their labels: what a probe is trained and tested on. */
export interface VideoFeatures {
  /** The encoder they are of. */
  encoder: ClipEncoder;
  layout: FeatureLayout;
  /** [looks, N, D] of each video; undefined for one that cannot be read. */
  features: (Float32Array | undefined)[];
  /** The videos, in the same order; those that are not there come last. */
  videos: readonly LabelledVideo[];
  /** Names of the classes in label order, where they have some. */
  classNames: readonly string[] | undefined;
  /** The videos that cannot be read, and why. */
  failures: BadSample[];
}

/**
 * Frozen features of the middle of each video: `segments` clips spread over its length (default 1), each seen through
 * `views` crops (default 1), resized and cut as for evaluation. Nothing is random; or, with `draws`, features of so many
 * augmented clips of each video, which a probe can be trained on in place of the video itself.
 *
 * All of them stay in memory, looks x N x D x 4 bytes a video: 6.4 MB for a clip of 16 frames through ViT-L. For large sets
 * `pool: 'mean'` keeps 1/N of that, and `evaluate` keeps them on disk.
 *
 * A video that cannot be read is listed in `failures`; it is left out of training and counts as wrong in an accuracy.
 *
 * @throws InputError naming the option that is of the wrong kind; VideoError when there is no decoder
 */
export async function extractFeatures(options: ExtractFeaturesOptions): Promise<VideoFeatures> {
  requireExtractor(options);
  const { frameStep, segments, views, draws } = options;
  requireCounts({ frameStep, segments, views });
  if (draws !== undefined) requireDraws(draws, views);
  const { encoder, workers = Math.max(1, availableParallelism() - 1), decoder = 'auto' } = options;
  const { entries: listed, missing: absent = [], classNames } = listOf(options.videos);
  const entries = repeated(listed, draws?.count ?? 1);
  const missing = repeated(absent, draws?.count ?? 1);
  const recipe = recipeOf(options);
  const loading = { workers, decoder, timeLimitMs: options.timeLimitMs ?? 60_000 };
  const extractor = featureExtractor(options);
  const loader = recipeLoader(loading, draws?.seed ?? 0, entries, recipe, 'report');
  const source = liveFeatures({ entries, recipe, loader, extractor });
  try {
    const { features, failures } = await collectFeatures(source, entries.length, options.onProgress);
    const notThere = missing.map((video, i): BadSample => {
      return { ...video, index: entries.length + i, reason: 'missing', passing: false };
    });
    return {
      encoder,
      layout: source.layout,
      features: [...features, ...missing.map(() => undefined)],
      videos: [...entries, ...missing],
      classNames,
      failures: [...failures, ...notThere],
    };
  } finally {
    await source.close();
    extractor.dispose();
  }
}

function recipeOf({ encoder, draws, ...options }: ExtractFeaturesOptions): ClipRecipe {
  const { training, validation } = videoRecipes(encoder, options);
  if (draws === undefined) return validation;
  const { count: _count, seed: _seed, ...augmentation } = draws;
  return { ...training, transform: { kind: 'pretraining', size: encoder.imageSize, ...augmentation } };
}

function repeated<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => items).flat();
}

function requireDraws({ count, seed = 0, scale = [1, 1] }: ClipDraws, views: number | undefined): void {
  requireCounts({ 'draws.count': count });
  if (!Number.isSafeInteger(seed)) throw unfitSetting('draws.seed', 'a whole number', seed);
  const [least = 0, most = 0] = Array.isArray(scale) ? (scale as readonly number[]) : [];
  if (!(0 < least && least <= most && most <= 1)) {
    throw unfitSetting('draws.scale', 'two shares of the area, above 0, at most 1, the smaller one first', scale);
  }
  if (views !== undefined && views > 1) throw unfitSetting('views', '1 where clips are drawn', views);
}

function listOf(videos: VideoList): Exclude<VideoList, readonly LabelledVideo[]> {
  const list = isList(videos) ? { entries: videos } : videos;
  const expected = 'what readVideoIndex gives, or a list of { path, label }';
  if (!Array.isArray(list?.entries)) throw unfitSetting('videos', expected, kindOf(videos));
  const other = list.entries.findIndex((video) => typeof video?.path !== 'string');
  if (other >= 0) throw unfitSetting(`videos[${other}]`, '{ path, label }', list.entries[other]);
  return list;
}

function isList(videos: VideoList): videos is readonly LabelledVideo[] {
  return Array.isArray(videos);
}

/** Everything of a source in memory; undefined in the place of what cannot be read. */
export async function collectFeatures(
  source: FeatureSource,
  samples: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Pick<VideoFeatures, 'features' | 'failures'>> {
  const { looks, tokens, width } = source.layout;
  const length = looks * tokens * width;
  const features: (Float32Array | undefined)[] = [];
  const failures: BadSample[] = [];
  for await (const batch of source.batches(everySample(samples, source.preferredBatch))) {
    const bad = new Set(batch.bad.map(({ index }) => index));
    for (const [i, index] of batch.indices.entries()) {
      features.push(bad.has(index) ? undefined : batch.features.slice(i * length, (i + 1) * length));
    }
    failures.push(...batch.bad);
    onProgress?.(features.length, samples);
  }
  return { features, failures };
}
