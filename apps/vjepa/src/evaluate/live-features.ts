import type { BenchmarkEntry } from '@vjepa/benchmarks';
import type { ClipBatch, ClipLoader } from '@vjepa/video';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import type { ClipRecipe } from './clip-recipe.js';
import { arrangeClips, type BadSample, type FeatureBatch, type FeatureSource, layoutOf } from './feature-source.js';

export interface LiveFeaturesOptions {
  entries: readonly BenchmarkEntry[];
  recipe: ClipRecipe;
  /** Makes the samples of `entries`, in their order; closed with the source. */
  loader: ClipLoader;
  /** Stays open: sources share it. */
  extractor: FeatureExtractor;
  /** Told of each video that was replaced. */
  onReplaced?: (failure: { path: string; reason: string; replacedBy: string }) => void;
}

/** Features that are computed when they are asked for: every epoch sees its own augmented clips. */
export function liveFeatures(options: LiveFeaturesOptions): FeatureSource {
  const { entries, recipe, loader, extractor } = options;
  const clipsPerSample = recipe.segments * recipe.views;
  const clipLength = extractor.tokens * extractor.width;

  async function* batches(plan: Parameters<FeatureSource['batches']>[0]): AsyncGenerator<FeatureBatch> {
    let at = 0;
    for await (const batch of loader.batches(plan)) {
      const indices = plan[at++]!.map(({ index }) => index);
      const clips = await extractor.extract(batch.clips as Uint8Array, batch.labels.length * clipsPerSample);
      const bad = badSamples(batch, indices);
      for (const failure of batch.failures) if (failure.replacedBy !== '') options.onReplaced?.(failure);
      const labels = batch.labels.slice();
      batch.release();
      yield { features: arrangeClips(clips, recipe, clipLength), indices, labels, bad };
    }
  }

  return {
    layout: layoutOf(recipe, extractor.tokens, extractor.width),
    usable: entries.map((_, index) => index),
    unusable: [],
    preferredBatch: Math.max(1, Math.round(extractor.batchSize / clipsPerSample)),
    batches,
    close: () => loader.close(),
  };
}

function badSamples({ failures, labels }: ClipBatch, indices: readonly number[]): BadSample[] {
  return failures
    .filter(({ replacedBy }) => replacedBy === '')
    .map(({ path, reason, passing, position }) => {
      return { index: indices[position]!, path, reason, passing, label: labels[position]! };
    });
}
