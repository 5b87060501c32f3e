import type { TensorSource } from './tensor-source.js';
import type { WritableValue } from './tree-pickler.js';

/** A model's parameters by name without prefixes, in the reference's order. */
export type NamedTensors<T = TensorSource> = ReadonlyMap<string, T>;

/** AdamW's running averages of one model's gradients, by parameter name. Frozen parameters have none. */
export interface Moments<T = TensorSource> {
  expAvg: NamedTensors<T>;
  expAvgSq: NamedTensors<T>;
}

/** AdamW as `torch.optim` keeps it. */
export interface OptimizerState<T = TensorSource> {
  /** Updates made. */
  step: number;
  learningRate: number;
  /** Of the groups that are decayed. */
  weightDecay: number;
  betas: readonly [number, number];
  epsilon: number;
  encoder: Moments<T>;
  predictor: Moments<T>;
}

/** Everything a pretraining checkpoint of the reference holds. */
export interface PretrainingCheckpoint<T = TensorSource> {
  encoder: NamedTensors<T>;
  predictor: NamedTensors<T>;
  targetEncoder: NamedTensors<T>;
  /** Missing in files that were cut down to weights. */
  optimizer?: OptimizerState<T>;
  /** Finished epochs. */
  epoch: number;
  /** Average loss of the last epoch. */
  loss: number;
  batchSize: number;
  worldSize: number;
  learningRate: number;
  /** More entries for the top of the tree; the reference ignores them. */
  extra?: Readonly<Record<string, WritableValue>>;
}
