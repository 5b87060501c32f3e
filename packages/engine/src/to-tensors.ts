import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from './host-tensor.js';
import { fill, flatten, outlineOf, type TensorTree } from './tensor-tree.js';

/** Copies a tree of tensors in ordinary memory to the active backend. The caller owns, and disposes, the result. */
export function toTensors<Tree>(tree: Tree): TensorTree<Tree> {
  const flat = flatten<HostTensor | number>(tree);
  return fill(outlineOf(tree), (name) => toTensor(flat[name]!)) as TensorTree<Tree>;
}

/** uint8 becomes float32 with values 0..255, as in compiled steps; numbers become float32 scalars. */
export function toTensor(value: HostTensor | number): tf.Tensor {
  if (typeof value === 'number') return tf.scalar(value, 'float32');
  const { data, shape } = value;
  if (data instanceof Int32Array) return tf.tensor(data, shape, 'int32');
  if (data instanceof BigInt64Array) return tf.tensor(Int32Array.from(data, Number), shape, 'int32');
  return tf.tensor(data instanceof Uint8Array ? Float32Array.from(data) : data, shape, 'float32');
}
