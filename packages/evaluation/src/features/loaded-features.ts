import type { ClipBatchesOptions, ClipFailure, ClipLoader, SampleRequest } from '@vjepa/video';
import type { FeatureExtractor } from './feature-extractor.js';

/** Frozen features of a batch of samples. */
export interface LoadedFeatures {
  /** The samples asked for. [B] */
  requests: readonly SampleRequest[];
  /** [B, K, V, N, D] (clips, views); of a sample that cannot be read and was not replaced they mean nothing. */
  features: Float32Array;
  /** Of the videos used, after replacement. [B] */
  labels: Int32Array;
  /** Frame indices of each sample. */
  frameIndices: Int32Array[];
  failures: ClipFailure[];
}

/** Of which samples there are features, and what of them. */
interface LoadedFeaturesOptions extends ClipBatchesOptions {
  clipsPerSample?: number | undefined;
  aheadOf?: ((request: SampleRequest) => number) | undefined;
}

/**
 * Passes every batch that a loader makes through a frozen encoder.
 *
 * @param options.clipsPerSample K · V
 * @param options.aheadOf how far ahead what is foretold of a sample is, where something is: see `SomeClips.ahead`
 */
export async function* loadedFeatures(
  extractor: FeatureExtractor,
  loader: ClipLoader,
  plan: readonly (readonly SampleRequest[])[],
  { clipsPerSample = 1, aheadOf, ...others }: LoadedFeaturesOptions = {},
): AsyncGenerator<LoadedFeatures> {
  async function* loaded() {
    let place = 0;
    for await (const batch of loader.batches(plan, others)) {
      const requests = plan[place++]!;
      const ahead = aheadOf && Int32Array.from(requests, aheadOf);
      const n = batch.labels.length * clipsPerSample;
      const isEmpty = batch.failures.filter(({ replacedBy }) => replacedBy === '').length === batch.labels.length;
      yield { batch, n, ahead, clips: isEmpty ? undefined : (batch.clips as Uint8Array) };
    }
  }
  let at = 0;
  for await (const { batch, n, features = nothing(n) } of extractor.extractEach(loaded())) {
    const { failures } = batch;
    const labels = batch.labels.slice();
    const frameIndices = batch.frameIndices.map((indices) => indices.slice());
    batch.release();
    yield { requests: plan[at++]!, features, labels, frameIndices, failures };
  }

  function nothing(n: number): Float32Array {
    return new Float32Array(n * extractor.tokens * extractor.width);
  }
}
