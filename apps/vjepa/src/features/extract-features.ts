import { availableParallelism } from 'node:os';
import type { ClipArrangement, FeatureLayout } from '@vjepa/probe';
import { type ClipLoaderOptions, createClipLoader, type LabelledVideo } from '@vjepa/video';
import type { EncoderConfig } from '@vjepa/vit';
import type { ClipRecipe } from '../evaluate/clip-recipe.js';
import type { BadSample, FeatureSource } from '../evaluate/feature-source.js';
import { liveFeatures } from '../evaluate/live-features.js';
import { everySample } from '../evaluate/sample-plan.js';
import { type FeatureExtractorOptions, featureExtractor } from './feature-extractor.js';

export interface ExtractFeaturesOptions
  extends Pick<FeatureExtractorOptions, 'engine' | 'encoder' | 'parameters' | 'layers' | 'pool' | 'batchSize'>,
    Partial<ClipArrangement>,
    Pick<ClipLoaderOptions, 'workers' | 'decoder' | 'timeLimitMs'> {
  /** What `readVideoIndex` gives, or videos with their labels. */
  videos: readonly LabelledVideo[] | { readonly entries: readonly LabelledVideo[] };
  /** Frames of the video from one frame of a clip to the next. Default 4, the paper's. */
  frameStep?: number | undefined;
  /** Told of progress, in videos. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Frozen features of videos with their labels: what a probe is trained and tested on. */
export interface VideoFeatures {
  /** The encoder they are of. */
  encoder: EncoderConfig;
  layout: FeatureLayout;
  /** [looks, N, D] of each video; undefined for one that cannot be read. */
  features: (Float32Array | undefined)[];
  /** The videos, in the same order. */
  videos: readonly LabelledVideo[];
  /** The videos that cannot be read, and why. */
  failures: BadSample[];
}

/**
 * Frozen features of the middle of each video: `segments` clips spread over its length (default 1), each seen through
 * `views` crops (default 1), resized and cut as for evaluation. Nothing is random.
 *
 * A video that cannot be read is listed in `failures`; it is left out of training and counts as wrong.
 */
export async function extractFeatures(options: ExtractFeaturesOptions): Promise<VideoFeatures> {
  const { encoder, frameStep = 4, segments = 1, views = 1, attendAcrossSegments = true, workers } = options;
  const videos = listOf(options.videos);
  const recipe: ClipRecipe = {
    ...{ segments, views, attendAcrossSegments, frames: encoder.numFrames, random: false },
    clip: {
      ...{ framesPerClip: encoder.numFrames, frameStep, clips: segments },
      ...{ placement: 'center', allowOverlap: true },
    },
    transform: { kind: 'evaluation', size: encoder.imageSize, views },
  };
  const loader = createClipLoader({
    videos,
    clip: recipe.clip,
    transform: recipe.transform,
    workers: workers ?? Math.max(1, availableParallelism() - 1),
    onBadVideo: 'report',
    ...(options.decoder === undefined ? {} : { decoder: options.decoder }),
    ...(options.timeLimitMs === undefined ? {} : { timeLimitMs: options.timeLimitMs }),
  });
  const extractor = featureExtractor(options);
  const source = liveFeatures({ entries: videos, recipe, loader, extractor });
  try {
    const { features, failures } = await collectFeatures(source, videos.length, options.onProgress);
    return { encoder, layout: source.layout, features, videos, failures };
  } finally {
    await source.close();
    extractor.dispose();
  }
}

function listOf(videos: ExtractFeaturesOptions['videos']): readonly LabelledVideo[] {
  return isList(videos) ? videos : videos.entries;
}

function isList(videos: ExtractFeaturesOptions['videos']): videos is readonly LabelledVideo[] {
  return Array.isArray(videos);
}

/** Everything of a source in memory. */
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
