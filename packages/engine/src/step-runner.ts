import type { HostTensor } from './host-tensor.js';
import type { TensorRecord } from './step-function.js';
import type { FeedTree, HostTree, PartialTree } from './tensor-tree.js';

/** Inputs of a call to come, on their way to the device or there. */
export interface StagedInputs {
  /** Lets go of inputs that no call will get; nothing where one has got them. */
  discard(): void;
}

/**
 * A step bound to its state, compiled or eager: each call feeds inputs, advances the state, and resolves to the outputs'
 * values. Numbers are fed as float32 scalars, uint8 as float32 values 0..255. Calls run one after the other, in the order
 * they were made.
 */
export interface StepRunner<State = TensorRecord, Inputs = TensorRecord, Outputs = TensorRecord> {
  (inputs: FeedTree<Inputs> | StagedInputs): Promise<HostTree<Outputs>>;
  /**
   * Begins to copy the inputs of a call to come to the device, beside the call that is under way. They must stay as they
   * are until the promise of the call that gets them settles. Not there where inputs go nowhere before their call.
   */
  readonly stage?: ((inputs: FeedTree<Inputs>) => StagedInputs) | undefined;
  /** Copies of the state, all of the same moment. Default: all of its branches. */
  readState(): Promise<HostTree<State>>;
  readState<Branch extends keyof State & string>(branches: readonly Branch[]): Promise<HostTree<Pick<State, Branch>>>;
  /** Replaces some of the state; shapes and element types must be those it has. */
  writeState(values: PartialTree<HostTree<State>>): Promise<void>;
  /** Frees the state. */
  dispose(): void;
  /** What runs the step, for what a backend's runner can do besides. */
  readonly flat: FlatRunner;
}

/** A bound step over flat records, as backends give it. */
export interface FlatRunner {
  (inputs: FlatInputs | StagedInputs): Promise<Record<string, HostTensor>>;
  readonly stage?: ((inputs: FlatInputs) => StagedInputs) | undefined;
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  writeState(values: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}

/** Inputs by their flat names. */
export type FlatInputs = Record<string, HostTensor | number>;
