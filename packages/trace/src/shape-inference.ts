import { DataType } from './data-type.js';
import type { Attributes, Value } from './node.js';

/** Element type and shape of one result; -1 stands for a size that depends on values, undefined for an unknown rank. */
export interface InferredResult {
  readonly dtype: number;
  readonly shape: readonly number[] | undefined;
}

/** Tells what an operation gives, by element types and shapes of its inputs and by those of their values that are known. */
export interface ShapeInference {
  /** @throws Error with the reason where there is no such operation, or not with these inputs and attributes */
  infer(op: string, attributes: Attributes, inputs: readonly Value[]): readonly InferredResult[];
  /** Frees what it holds, where it holds anything. */
  dispose?(): void;
}

/**
 * The elements of a value that may matter to a shape: int32 constants (sizes, axes, permutations). Long ones are data.
 * Undefined where they are not known.
 */
export function knownSizes({ dtype, shape, node }: Value): ArrayLike<number> | undefined {
  const count = (shape as readonly number[]).reduce((size, length) => size * length, 1);
  if (dtype !== DataType.INT32 || count > 64) return undefined;
  if (node.op !== 'Fill') return node.constant?.values as ArrayLike<number> | undefined;
  // Many equal elements, as the sizes of many equal parts are.
  const element = node.inputs[1]!.node.constant?.values[0];
  return element === undefined ? undefined : Array<number>(count).fill(element as number);
}
