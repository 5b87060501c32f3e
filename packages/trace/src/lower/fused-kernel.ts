import type { Node, Value } from '../node.js';
import type { TensorSpec } from '../recorder.js';
import type { GraphWriter } from './graph-writer.js';
import type { Kernels } from './kernels.js';

/** How the graph is to be made. */
export interface LoweringOptions extends Kernels {
  /** Operands of matrix products and convolutions. */
  precision: 'float32' | 'bfloat16';
  /** The dynamic lengths of the call that is being compiled for: what is likely, not what must be. */
  likelyLengths: readonly number[];
  /**
   * Whether XLA compiles the graph. It fuses element-wise operations and sums itself and plans memory for the whole, so
   * that what saves passes over memory on a CPU (sums as products with vectors, slices that stay in a cache) is in its way.
   */
  xla: boolean;
  /** Whether attention may be cuDNN's, where its shapes allow it: under XLA on NVIDIA GPUs, in bfloat16. */
  fusedAttention: boolean;
  /** Whether the device multiplies bfloat16 itself. If not, operands are rounded to bfloat16 and multiplied as floats. */
  nativeBfloat16: boolean;
  /** Whether the engine writes operations itself, and has those that TensorFlow lacks. Default: false. */
  ownOperations?: boolean | undefined;
  /** In how many parts devices have the clips, of which a library's call gets one. Default: 1. */
  parts?: number | undefined;
}

/** How attention over heads of one width is computed. */
export interface AttentionForm {
  headWidth: number;
  /** By cuDNN's fused kernels, or composed of products and a softmax. */
  fused: boolean;
  /** Why, where that is known here: what keeps it from being fused. */
  because?: string | undefined;
}

export interface LoweringContext extends LoweringOptions {
  writer: GraphWriter;
  /** Gets each form that attention takes, once. */
  attention: AttentionForm[];
  /** New values of the state that is changed in place, by name, as the function returned them (not lowered). */
  newState: ReadonlyMap<string, Value>;
  /** The lowered form of a traced value. */
  lowered(value: Value): Value;
  /** Whether one operation alone takes a traced value, so that it may be merged into that operation. */
  usedOnce(value: Value): boolean;
}

/**
 * A costly part of a model that the graph holds as one well-shaped group of operations instead of what TensorFlow.js
 * would compose it of. Models look for it by name among the active backend's kernels.
 */
export interface FusedKernel {
  /** The name of the kernel. */
  name: string;
  /** Inputs in the order in which `results` and `lower` get them. */
  inputs: readonly string[];
  /** One more input, after the others, that may be left out. */
  optionalInput?: string;
  results(inputs: readonly TensorSpec[], attributes: Record<string, number>): TensorSpec[];
  /**
   * Its operations.
   *
   * @param traced the kernel as it was traced, for those that look at the state or wait for others
   */
  lower(
    inputs: readonly Value[],
    attributes: Record<string, number>,
    context: LoweringContext,
    traced: Node,
  ): readonly Value[];
}
