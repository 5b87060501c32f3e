import type { FeatureLayout, ProbeConfig } from '@vjepa/probe';
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
  /** @param standIns positions of the samples that may stand in for bad ones, where the source replaces them; default: all */
  batches(plan: readonly (readonly SampleRequest[])[], standIns?: readonly number[]): AsyncIterable<FeatureBatch>;
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

/** Where probes have blocks on all tokens, values that these keep together with the features: 4 GiB. */
const VALUES_KEPT = 2 ** 30;

/** What the one block that is at work keeps, for each value of a token. */
const AT_WORK = 16;

/** Probes that train together. */
export interface TrainedTogether {
  probe: ProbeConfig;
  count: number;
}

/**
 * How many samples pass the probes together, at most `batchSize`. Where probes have blocks on all tokens, what these keep
 * counts, too: the tokens of each block of each probe.
 */
export function probeBatch(
  { looks, tokens, width }: FeatureLayout,
  batchSize: number,
  wanted?: number,
  trained?: TrainedTogether,
): number {
  const blocks = trained === undefined ? 0 : blocksOnTokens(trained.probe);
  const values = looks * tokens * width;
  const most =
    blocks === 0 ? VALUES_AT_ONCE / values : VALUES_KEPT / (values * (1 + trained!.count * blocks + AT_WORK));
  return Math.min(batchSize, wanted ?? Math.max(1, Math.floor(most)));
}

/** How many blocks of a probe have all tokens pass them: V-JEPA 2's, whose self-attention comes first. */
export function blocksOnTokens(probe: ProbeConfig): number {
  return probe.kind === 'attentive' && probe.selfAttention === 'before' ? probe.depth - 1 : 0;
}
