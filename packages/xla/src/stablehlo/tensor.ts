import { elementTypeName } from './element-type.js';

/** Element type (see `DataType` of @vjepa/trace) and shape. */
export interface TensorType {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** A value of a program, by its name there. */
export interface Tensor extends TensorType {
  /** E.g. `%12`, `%state.encoder.norm.weight`. */
  readonly name: string;
}

/** E.g. `tensor<2x3xf32>`. */
export function typeText({ dtype, shape }: TensorType): string {
  return `tensor<${[...shape, elementTypeName(dtype)].join('x')}>`;
}

/** E.g. `(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>`. */
export function signature(operands: readonly TensorType[], results: readonly TensorType[]): string {
  const to = results.map(typeText).join(', ');
  return `(${operands.map(typeText).join(', ')}) -> ${results.length === 1 ? to : `(${to})`}`;
}
