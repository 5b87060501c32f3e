import * as tf from '@tensorflow/tfjs-core';

/**
 * The build of tfjs-core that Node loads has no gradients of its own operations, unlike the one that browsers load. So
 * that models train with tfjs-core alone, this registers those of the operations between hand-written parts of models,
 * and of those that losses are commonly made of, where nobody else has. Everything here that records such an operation
 * calls it; it costs a few map look-ups. `registerGradients` of @vjepa/tensorflow registers all of tfjs-core's.
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
    kernelName: tf.SplitV,
    gradFunc: (dy, _saved, attributes) => {
      const { axis } = attributes as unknown as tf.SplitVAttrs;
      return { x: () => tf.concat(dy as tf.Tensor[], axis) };
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
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const axes = tf.util.parseAxisParam((attributes as unknown as tf.MeanAttrs).axis, x!.shape);
      const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
      const count = axes.reduce((product, axis) => product * x!.shape[axis]!, 1);
      return { x: () => tf.mul(tf.mul(tf.reshape(dy as tf.Tensor, kept), 1 / count), tf.onesLike(x!)) };
    },
  },
  {
    kernelName: tf.RealDiv,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumToShape(tf.div(dy as tf.Tensor, b!), a!.shape),
      b: () => tf.neg(sumToShape(tf.div(tf.mul(dy as tf.Tensor, a!), tf.square(b!)), b!.shape)),
    }),
  },
  {
    kernelName: tf.SquaredDifference,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => {
      const slope = tf.mul(tf.mul(dy as tf.Tensor, 2), tf.sub(a!, b!));
      return { a: () => sumToShape(slope, a!.shape), b: () => tf.neg(sumToShape(slope, b!.shape)) };
    },
  },
  slopeOf(tf.Square, (x) => tf.mul(x, 2)),
  slopeOf(tf.Abs, (x) => tf.sign(x)),
  slopeOf(tf.Exp, (x) => tf.exp(x)),
  slopeOf(tf.Log, (x) => tf.reciprocal(x)),
  slopeOf(tf.Neg, (x) => tf.neg(tf.onesLike(x))),
  slopeOf(tf.Sqrt, (x) => tf.mul(tf.rsqrt(x), 0.5)),
  slopeOf(tf.Softplus, (x) => tf.sigmoid(x)),
  slopeOf(tf.Relu, (x) => tf.step(x)),
  slopeOf(tf.Sigmoid, (x) => tf.mul(tf.sigmoid(x), tf.sub(1, tf.sigmoid(x)))),
  slopeOf(tf.Tanh, (x) => tf.sub(1, tf.square(tf.tanh(x)))),
  {
    kernelName: tf.Identity,
    gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }),
  },
];

/** Of an operation that works element by element. */
function slopeOf(kernelName: string, slope: (x: tf.Tensor) => tf.Tensor): tf.GradConfig {
  return { kernelName, inputsToSave: ['x'], gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, slope(x!)) }) };
}

/** Undoes broadcasting: sums over the axes along which a tensor of `shape` was repeated. */
function sumToShape(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const missing = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((length, axis) =>
    axis < missing || (shape[axis - missing] === 1 && length !== 1) ? [axis] : [],
  );
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}
