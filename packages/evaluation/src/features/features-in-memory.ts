import type { FeatureBatch, FeatureSource } from '../evaluate/feature-source.js';
import type { VideoFeatures } from './extract-features.js';

/** Features that are there already, as a source. Of a video that could not be read they are zeros, and it is bad. */
export function featuresInMemory({ layout, features, videos, failures }: VideoFeatures): FeatureSource {
  const length = layout.looks * layout.tokens * layout.width;
  const failed = new Map(failures.map((failure) => [failure.index, failure]));

  async function* batches(plan: Parameters<FeatureSource['batches']>[0]): AsyncGenerator<FeatureBatch> {
    for (const requests of plan) {
      const indices = requests.map(({ index }) => index);
      const values = new Float32Array(indices.length * length);
      for (const [place, index] of indices.entries()) values.set(features[index] ?? [], place * length);
      yield {
        features: values,
        indices,
        labels: Int32Array.from(indices, (index) => videos[index]!.label),
        bad: indices.flatMap((index) => failed.get(index) ?? []),
      };
    }
  }

  return {
    layout,
    usable: [...features.keys()].filter((index) => features[index] !== undefined),
    unusable: failures,
    preferredBatch: 16,
    batches,
    close: async () => {},
  };
}
