/** Frozen features of videos with their labels: what a probe is trained and tested on. */
export interface FeatureSet {
  /** One [tokens, dim] array per video. */
  features: Float32Array[];
  labels: Int32Array;
  tokens: number;
  dim: number;
}

/** The features of some videos of a set as one batch [B, N, D], with their labels. */
export function featureBatch({ features, labels, tokens, dim }: FeatureSet, indices: readonly number[]) {
  const data = new Float32Array(indices.length * tokens * dim);
  for (const [row, index] of indices.entries()) data.set(features[index]!, row * tokens * dim);
  return {
    features: { shape: [indices.length, tokens, dim], data },
    labels: { shape: [indices.length], data: Int32Array.from(indices, (index) => labels[index]!) },
  };
}
