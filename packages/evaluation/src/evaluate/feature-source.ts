import type { FeatureLayout } from '@vjepa/probe';
import type { SampleRequest } from '@vjepa/video';

/** A sample that cannot be read; its features are not to be used. */
export interface BadSample {
  /** Position in the set. */
  index: number;
  path: string;
  label: number;
  reason: string;
  /** Whether the failure says nothing about the sample: it could not be reached, or not in time. */
  passing: boolean;
}

/** Features of some samples of a set. */
export interface FeatureBatch {
  /** [B · looks, N, D], a sample's looks one after the other. */
  features: Float32Array;
  /** Positions in the set, of the samples asked for. [B] */
  indices: number[];
  /** [B]; of the sample that stands in where one was replaced. */
  labels: Int32Array;
  /** Samples of the batch that cannot be read, where the source does not replace them. */
  bad: BadSample[];
}

/** Frozen features of the samples of a set, computed when asked for or read from a cache. */
export interface FeatureSource {
  readonly layout: FeatureLayout;
  /** The samples that can be used for training, as far as is known beforehand. */
  readonly usable: readonly number[];
  /** The others, and why. */
  readonly unusable: readonly BadSample[];
  /** Samples in a batch that keep the encoder busy. */
  readonly preferredBatch: number;
  batches(plan: readonly (readonly SampleRequest[])[]): AsyncIterable<FeatureBatch>;
  close(): Promise<void>;
}

/** The reasons of the first few samples, a line each. */
export function listBad(bad: readonly BadSample[]): string {
  return bad
    .slice(0, 10)
    .map(({ path, reason }) => `\n  ${reason.includes(path) ? reason : `${path}: ${reason}`}`)
    .join('');
}

/** Values of features that pass the probes together: 1 GiB of them. */
const VALUES_AT_ONCE = 2 ** 28;

/** How many samples pass the probes together, at most `batchSize`. */
export function probeBatch({ looks, tokens, width }: FeatureLayout, batchSize: number, wanted?: number): number {
  const most = wanted ?? Math.max(1, Math.floor(VALUES_AT_ONCE / (looks * tokens * width)));
  return Math.min(batchSize, most);
}
