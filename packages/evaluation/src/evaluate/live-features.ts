import type { BenchmarkEntry } from '@vjepa/benchmarks';
import { arrangeClips, layoutOf } from '@vjepa/probe';
import type { ClipLoader, SampleRequest } from '@vjepa/video';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import { type LoadedFeatures, loadedFeatures } from '../features/loaded-features.js';
import type { LoadFeatures } from '../features/shared-features.js';
import type { ClipRecipe } from './clip-recipe.js';
import type { BadSample, FeatureBatch, FeatureSource } from './feature-source.js';

export interface LiveFeaturesOptions {
  entries: readonly BenchmarkEntry[];
  recipe: ClipRecipe;
  /** Makes the samples of `entries`, in their order; closed with the source. */
  loader: ClipLoader;
  /** Stays open: sources share it. */
  extractor: FeatureExtractor;
  /** How far ahead what is foretold of a sample is, where something is: see `SomeClips.ahead`. */
  aheadOf?: ((request: SampleRequest) => number) | undefined;
  /** Loads with other processes, made of what loads alone. Default: alone. */
  shared?: ((load: LoadFeatures) => LoadFeatures) | undefined;
  /** Told of each video that was replaced. */
  onReplaced?: ((failure: { path: string; reason: string; replacedBy: string }) => void) | undefined;
}

/** Features that are computed when they are asked for: every epoch sees its own augmented clips. */
export function liveFeatures(options: LiveFeaturesOptions): FeatureSource {
  const { entries, recipe, loader, extractor, shared = (load) => load } = options;
  const clipLength = extractor.tokens * extractor.width;
  const load = shared(loadLive(options));

  async function* batches(...[plan, standIns]: Parameters<FeatureSource['batches']>): AsyncGenerator<FeatureBatch> {
    for await (const loaded of load(plan, standIns)) {
      for (const failure of loaded.failures) if (failure.replacedBy !== '') options.onReplaced?.(failure);
      const { features, labels, requests } = loaded;
      const indices = requests.map(({ index }) => index);
      yield { features: arrangeClips(features, recipe, clipLength), indices, labels, bad: badSamples(loaded) };
    }
  }

  return {
    layout: layoutOf(recipe, extractor.tokens, extractor.width),
    usable: entries.map((_, index) => index),
    unusable: [],
    preferredBatch: Math.max(1, Math.round(extractor.batchSize / clipsOf(recipe))),
    batches,
    close: () => loader.close(),
  };
}

/** What loads features of samples for `liveFeatures`, in the order in which its clips lie. */
export function loadLive({ recipe, loader, extractor, aheadOf }: Omit<LiveFeaturesOptions, 'shared'>): LoadFeatures {
  const clipsPerSample = clipsOf(recipe);
  return (plan, standIns) => loadedFeatures(extractor, loader, plan, { clipsPerSample, aheadOf, standIns });
}

function clipsOf({ segments, views }: ClipRecipe): number {
  return segments * views;
}

function badSamples({ failures, labels, requests }: LoadedFeatures): BadSample[] {
  return failures
    .filter(({ replacedBy }) => replacedBy === '')
    .map(({ path, reason, passing, position }) => {
      return { index: requests[position]!.index, path, reason, passing, label: labels[position]! };
    });
}
