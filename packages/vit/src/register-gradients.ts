import * as tf from '@tensorflow/tfjs-core';

/**
 * tfjs-core defines no gradient of its own ops: the union package `@tensorflow/tfjs` registers them. So that models
 * train with tfjs-core alone, this registers gradients for the few ops between our hand-written pieces, where nobody
 * else has. It is called by everything here that records such an op, and costs a few map look-ups.
 */
export function registerGradients(): void {
  for (const gradient of GRADIENTS) {
    if (tf.getGradient(gradient.kernelName) == null) tf.registerGradient(gradient);
  }
}

const GRADIENTS: tf.GradConfig[] = [
  {
    kernelName: tf.Reshape,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.reshape(dy as tf.Tensor, x!.shape) }),
  },
  {
    kernelName: tf.Transpose,
    gradFunc: (dy, _saved, attributes) => {
      const { perm } = attributes as unknown as tf.TransposeAttrs;
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return { x: () => tf.transpose(dy as tf.Tensor, inverse) };
    },
  },
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, inputs, attributes) => {
      const axis = tf.util.parseAxisParam((attributes as unknown as tf.ConcatAttrs).axis, inputs[0]!.shape)[0]!;
      const parts = tf.split(
        dy as tf.Tensor,
        inputs.map((input) => input.shape[axis]!),
        axis,
      );
      return Object.fromEntries(parts.map((part, i) => [i, () => part]));
    },
  },
  {
    kernelName: tf.Slice,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const { begin } = attributes as unknown as { begin: number[] };
      const paddings = begin.map((start, axis): [number, number] => [
        start,
        x!.shape[axis]! - start - (dy as tf.Tensor).shape[axis]!,
      ]);
      return { x: () => tf.pad(dy as tf.Tensor, paddings) };
    },
  },
  {
    kernelName: tf.Add,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumToShape(dy as tf.Tensor, a!.shape),
      b: () => sumToShape(dy as tf.Tensor, b!.shape),
    }),
  },
  {
    kernelName: tf.Sub,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumToShape(dy as tf.Tensor, a!.shape),
      b: () => tf.neg(sumToShape(dy as tf.Tensor, b!.shape)),
    }),
  },
  {
    kernelName: tf.Multiply,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumToShape(tf.mul(dy as tf.Tensor, b!), a!.shape),
      b: () => sumToShape(tf.mul(dy as tf.Tensor, a!), b!.shape),
    }),
  },
  {
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attributes) => {
      const { transposeA, transposeB } = attributes as unknown as tf.BatchMatMulAttrs;
      const d = dy as tf.Tensor;
      return {
        a: () => (transposeA ? tf.matMul(b!, d, transposeB, true) : tf.matMul(d, b!, false, !transposeB)),
        b: () => (transposeB ? tf.matMul(d, a!, true, transposeA) : tf.matMul(a!, d, !transposeA, false)),
      };
    },
  },
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const axes = tf.util.parseAxisParam((attributes as unknown as tf.SumAttrs).axis, x!.shape);
      const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
      return { x: () => tf.mul(tf.reshape(dy as tf.Tensor, kept), tf.onesLike(x!)) };
    },
  },
  {
    kernelName: tf.Identity,
    gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }),
  },
];

/** Undoes broadcasting: sums over the axes along which a tensor of `shape` was repeated. */
function sumToShape(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const missing = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((length, axis) =>
    axis < missing || (shape[axis - missing] === 1 && length !== 1) ? [axis] : [],
  );
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}
