import { bytesPerElement, type Dimension, evaluate, type Node, sizeOf, type Value } from '@vjepa/trace';
import { bytesOf, isFree } from './memory-model.js';

/** Multiplications and additions a core does in the time it moves a byte: 100 GFLOP/s, 50 GB/s from its caches. */
const OPERATIONS_PER_BYTE = 2;

/** What starting an operation costs, in bytes moved: 2 us. */
const START = 100_000;

/** How much longer than a copy an operation takes on what it moves, as measured in training steps. */
const PASSES: Readonly<Record<string, number>> = {
  Cast: 1.5,
  Erfc: 2.5,
  Exp: 3.3,
  Pow: 3.3,
  Log: 3.3,
  Tanh: 3.3,
  Mean: 2,
  Sum: 2,
  MatMul: 2,
  L2Loss: 2,
  SquaredDifference: 3.5,
  Transpose: 3,
  _MklTranspose: 3,
  _MklLayerNorm: 3,
  Softmax: 5,
  _MklSoftmax: 5,
  // Of these only the gradient is seen here; what they change is as large.
  ResourceApplyAdam: 12,
  ResourceApplyProximalGradientDescent: 6,
  ResourceApplyGradientDescent: 5,
};

/** How long an operation takes on one core, in a unit of its own. Good enough to divide work by, not to predict time. */
export function cost(node: Node, lengths: readonly number[]): number {
  if (isFree(node)) return 0;
  const passes = (PASSES[node.op] ?? 1) * bytesMoved(node, lengths);
  // Operands that are half as wide are multiplied twice as fast.
  const width = node.inputs.length > 0 ? bytesPerElement(node.inputs[0]!.dtype) / 4 : 1;
  return START + passes + (width * floatOperations(node, lengths)) / OPERATIONS_PER_BYTE;
}

/** What an operation reads and writes, if it reads every operand once. */
export function bytesMoved({ inputs, outputs }: Node, lengths: readonly number[]): number {
  return [...inputs, ...outputs].reduce((sum, value) => sum + bytesOf(value, lengths), 0);
}

/** Multiplications and additions of a product of matrices; 0 for everything else. */
export function floatOperations(node: Node, lengths: readonly number[]): number {
  if (!/MatMul/.test(node.op)) return 0;
  const [a, b] = node.inputs as [Value, Value];
  const [{ shape }] = node.outputs as readonly [Value];
  // [M, K] times [K, N] for each of L matrices: (L M K) (L K N) (L M N) = (L M K N)^2 L
  const matrices = elements(shape.slice(0, -2), lengths);
  return 2 * Math.sqrt((elements(a.shape, lengths) * elements(b.shape, lengths) * elements(shape, lengths)) / matrices);
}

function elements(shape: readonly Dimension[], lengths: readonly number[]): number {
  return evaluate(sizeOf(shape), lengths);
}
