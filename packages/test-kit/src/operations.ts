import * as tf from '@tensorflow/tfjs-core';
import { addN } from '@tensorflow/tfjs-core';
import type { HostTensor, TensorRecord } from '@vjepa/engine';

/** One use of an operation of TensorFlow.js, for engines that translate operations. */
export interface OperationCase {
  name: string;
  inputs: Readonly<Record<string, HostTensor>>;
  run(inputs: TensorRecord): tf.Tensor | tf.Tensor[];
}

/** Numbers between `low` and `high` that do not repeat. */
function floats(shape: number[], { low = -2, high = 2, seed = 1 } = {}): HostTensor {
  const count = tf.util.sizeFromShape(shape);
  const data = Float32Array.from(
    { length: count },
    (_, i) => low + ((high - low) * (1 + Math.sin(i * 1.37 + seed))) / 2,
  );
  return { shape, data };
}

function integers(shape: number[], values: readonly number[]): HostTensor {
  return { shape, data: Int32Array.from(values) };
}

const x = floats([2, 3]);
const positive = floats([2, 3], { low: 0.2, high: 3 });
const unit = floats([2, 3], { low: -0.9, high: 0.9 });
const block = floats([2, 3, 4]);
const notFinite: HostTensor = { shape: [5], data: Float32Array.of(1, Number.NaN, Infinity, -Infinity, -0) };
const whole = integers([2, 3], [7, -7, 5, 0, -2, 9]);
const divisors = integers([2, 3], [2, 2, -3, 4, -5, 3]);
const truth: HostTensor = { shape: [2, 3], data: Int32Array.of(1, 0, 1, 0, 0, 1) };

const of = (name: string, input: HostTensor, run: (x: tf.Tensor) => tf.Tensor | tf.Tensor[]): OperationCase => ({
  name,
  inputs: { x: input },
  run: ({ x }) => run(x!),
});

const pair = (
  name: string,
  x: HostTensor,
  y: HostTensor,
  run: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): OperationCase => ({
  name,
  inputs: { x, y },
  run: ({ x, y }) => run(x!, y!),
});

const gradient = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.grad((z) => tf.sum(tf.square(f(z))))(x);

const bools = (t: tf.Tensor) => tf.cast(t, 'bool');

/** Uses of the operations that models, optimisers, losses and probes are made of, and of some that others may need. */
export const OPERATIONS: readonly OperationCase[] = [
  // On each element.
  ...Object.entries({
    abs: tf.abs,
    ceil: tf.ceil,
    cos: tf.cos,
    cosh: tf.cosh,
    elu: tf.elu,
    erf: tf.erf,
    exp: tf.exp,
    expm1: tf.expm1,
    floor: tf.floor,
    neg: tf.neg,
    relu: tf.relu,
    relu6: tf.relu6,
  }).map(([name, operation]) => of(name, x, (x) => operation(x))),
  ...Object.entries({
    selu: tf.selu,
    sigmoid: tf.sigmoid,
    sign: tf.sign,
    sin: tf.sin,
    sinh: tf.sinh,
    softplus: tf.softplus,
    square: tf.square,
    tan: tf.tan,
    tanh: tf.tanh,
    atan: tf.atan,
    asinh: tf.asinh,
  }).map(([name, operation]) => of(name, x, (x) => operation(x))),
  ...Object.entries({ log: tf.log, log1p: tf.log1p, reciprocal: tf.reciprocal, rsqrt: tf.rsqrt, sqrt: tf.sqrt }).map(
    ([name, operation]) => of(name, positive, (x) => operation(x)),
  ),
  ...Object.entries({ acos: tf.acos, asin: tf.asin, atanh: tf.atanh }).map(([name, operation]) =>
    of(name, unit, (x) => operation(x)),
  ),
  of('acosh', floats([2, 3], { low: 1.1, high: 4 }), (x) => tf.acosh(x)),
  of('round', { shape: [6], data: Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, 1.4) }, (x) => tf.round(x)),
  of('isNaN, isInf, isFinite', notFinite, (x) => [tf.isNaN(x), tf.isInf(x), tf.isFinite(x)]),
  of('leakyRelu', x, (x) => tf.leakyRelu(x, 0.3)),
  of('step', x, (x) => tf.step(x, 0.25)),
  of('clipByValue', x, (x) => tf.clipByValue(x, -0.5, 1)),
  of('softmax', block, (x) => tf.softmax(x)),
  of('logSoftmax', block, (x) => tf.logSoftmax(x)),
  of('onesLike, zerosLike', x, (x) => [tf.onesLike(x), tf.zerosLike(x)]),
  of('cast to int32 and bool', x, (x) => [tf.cast(x, 'int32'), tf.cast(x, 'bool')]),
  of('cast of int32', whole, (x) => [tf.cast(x, 'float32'), tf.cast(x, 'bool')]),
  of('logicalNot', truth, (x) => tf.logicalNot(bools(x))),

  // On pairs.
  ...Object.entries({
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
    atan2: tf.atan2,
  }).map(([name, operation]) =>
    pair(`${name}, broadcast`, block, floats([3, 1], { low: 0.3, high: 2, seed: 4 }), (x, y) => operation(x, y)),
  ),
  pair('pow', positive, x, (x, y) => tf.pow(x, y)),
  pair('mod', x, floats([3], { low: 0.5, high: 1.5 }), (x, y) => tf.mod(x, y)),
  pair('mod of int32', whole, divisors, (x, y) => tf.mod(x, y)),
  pair('floorDiv', whole, divisors, (x, y) => tf.floorDiv(x, y)),
  pair('divNoNan', x, { shape: [2, 3], data: Float32Array.of(0, 1, 2, 0, -1, 4) }, (x, y) => tf.divNoNan(x, y)),
  ...Object.entries({
    equal: tf.equal,
    notEqual: tf.notEqual,
    less: tf.less,
    lessEqual: tf.lessEqual,
    greater: tf.greater,
    greaterEqual: tf.greaterEqual,
  }).map(([name, operation]) => pair(`${name} of int32`, whole, integers([3], [7, -7, 9]), (x, y) => operation(x, y))),
  pair('less of float32', x, positive, (x, y) => tf.less(x, y)),
  pair('logicalAnd, logicalOr', truth, integers([3], [1, 1, 0]), (x, y) =>
    tf.stack([tf.logicalAnd(bools(x), bools(y)), tf.logicalOr(bools(x), bools(y))].map((t) => tf.cast(t, 'int32'))),
  ),
  { name: 'where', inputs: { c: truth, x, y: positive }, run: ({ c, x, y }) => tf.where(bools(c!), x!, y!) },
  {
    name: 'where, broadcast',
    inputs: { c: integers([3], [1, 0, 1]), x },
    run: ({ c, x }) => tf.where(bools(c!), x!, tf.scalar(7)),
  },
  { name: 'addN', inputs: { x, y: positive, z: unit }, run: ({ x, y, z }) => addN([x!, y!, z!]) },

  // Many to one.
  ...Object.entries({ sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min, prod: tf.prod }).flatMap(
    ([name, operation]) => [
      of(`${name} of all`, block, (x) => operation(x)),
      of(`${name} along axes`, block, (x) => operation(x, [0, -1])),
      of(`${name} that keeps axes`, block, (x) => operation(x, 1, true)),
    ],
  ),
  of('sum of int32', whole, (x) => tf.sum(x, 0)),
  of('sum of rows', x, (x) => tf.sum(x, 0)),
  of('all, any', truth, (x) => [tf.all(bools(x), 1), tf.any(bools(x), 0)]),
  of('argMax, argMin', block, (x) => [tf.argMax(x, -1), tf.argMin(x, 1)]),
  of('argMax of equal numbers', integers([2, 3], [4, 4, 1, 0, 2, 2]), (x) => tf.argMax(x, 1)),
  of('cumsum', block, (x) => [
    tf.cumsum(x, 1),
    tf.cumsum(x, 1, true),
    tf.cumsum(x, 2, false, true),
    tf.cumsum(x, 0, true, true),
  ]),
  of('cumprod', block, (x) => tf.cumprod(x, 2)),
  of('logSumExp', block, (x) => tf.logSumExp(x, -1)),
  of('moments', block, (x) => Object.values(tf.moments(x, [0, 2]))),
  of('norm', block, (x) => tf.norm(x)),

  // Products.
  ...[false, true].flatMap((left) =>
    [false, true].map((right) =>
      pair(
        `matMul${left ? ', left transposed' : ''}${right ? ', right transposed' : ''}`,
        floats(left ? [3, 2] : [2, 3]),
        floats(right ? [4, 3] : [3, 4], { seed: 2 }),
        (x, y) => tf.matMul(x, y, left, right),
      ),
    ),
  ),
  pair('matMul of stacks', floats([1, 3, 4]), floats([5, 2, 4], { seed: 3 }), (x, y) => tf.matMul(x, y, false, true)),
  pair('dot', floats([4]), floats([4], { seed: 3 }), (x, y) => tf.dot(x, y)),
  pair('einsum of matrices', floats([2, 3, 4]), floats([2, 4, 5], { seed: 3 }), (x, y) =>
    tf.einsum('bij,bjk->bki', x, y),
  ),
  pair('einsum with sums', floats([2, 3, 4]), floats([3, 5], { seed: 3 }), (x, y) => tf.einsum('bij,ik->bk', x, y)),
  of('einsum of one', block, (x) => tf.einsum('bij->jb', x)),

  // Arrangement.
  of('reshape', block, (x) => tf.reshape(x, [4, -1])),
  of('expandDims, squeeze', block, (x) => [tf.expandDims(x, -1), tf.expandDims(x, 1), tf.squeeze(tf.expandDims(x, 0))]),
  of('transpose', block, (x) => tf.transpose(x, [2, 0, 1])),
  of('broadcastTo', floats([3, 1]), (x) => tf.broadcastTo(x, [2, 3, 4])),
  pair('concat', block, floats([2, 1, 4]), (x, y) => tf.concat([x, y, x], 1)),
  pair('stack', x, positive, (x, y) => tf.stack([x, y], 1)),
  of('unstack', block, (x) => tf.unstack(x, 1)),
  of('split', floats([6, 4]), (x) => [...tf.split(x, [1, 2, 3], 0), ...tf.split(x, 2, -1)]),
  of('slice', block, (x) => tf.slice(x, [0, 1, 2], [1, -1, 2])),
  of('stridedSlice', floats([5, 6]), (x) => [
    tf.stridedSlice(x, [0, 1], [5, 6], [2, 2]),
    tf.stridedSlice(x, [4, -1], [0, 0], [-2, -3]),
  ]),
  of('stridedSlice with masks', floats([5, 6]), (x) => tf.stridedSlice(x, [1, 2], [2, 4], [1, 1], 2, 2, 0, 0, 1)),
  of('pad', block, (x) =>
    tf.pad(
      x,
      [
        [0, 1],
        [2, 0],
        [1, 1],
      ],
      0.5,
    ),
  ),
  of('mirrorPad', block, (x) => [
    tf.mirrorPad(
      x,
      [
        [1, 0],
        [2, 1],
        [0, 3],
      ],
      'reflect',
    ),
    tf.mirrorPad(
      x,
      [
        [1, 0],
        [2, 1],
        [0, 3],
      ],
      'symmetric',
    ),
  ]),
  of('tile', block, (x) => tf.tile(x, [2, 1, 3])),
  of('reverse', block, (x) => tf.reverse(x, [0, -1])),

  // Places by indices.
  pair('gather', block, integers([2, 2], [2, 0, 1, 1]), (x, i) => tf.gather(x, i as tf.Tensor2D, 1)),
  pair('gather with batches', block, integers([2, 2], [2, 0, 1, 1]), (x, i) => tf.gather(x, i as tf.Tensor2D, 1, 1)),
  pair('gatherND', block, integers([3, 2], [0, 1, 1, 2, 0, 0]), (x, i) => tf.gatherND(x, i)),
  pair('scatterND', floats([3, 2]), integers([3, 1], [3, 0, 3]), (x, i) => tf.scatterND(i, x, [4, 2])),
  pair('unsortedSegmentSum', floats([4, 2]), integers([4], [1, 0, 1, 2]), (x, i) =>
    tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4),
  ),
  of('oneHot', integers([2, 2], [0, 2, 1, 3]), (x) => tf.oneHot(x, 3)),
  of('oneHot of other values', integers([3], [0, 2, 1]), (x) => tf.oneHot(x as tf.Tensor1D, 3, 0.9, 0.1, 'float32')),
  of('topk', floats([2, 5]), (x) => Object.values(tf.topk(x, 3))),

  // Numbers from nowhere.
  of('fill', x, (x) => tf.add(x, tf.fill([2, 3], 2.5))),
  of('ones of many', floats([5, 8]), (x) => tf.add(x, tf.ones([5, 8]))),
  of('a large constant', floats([10, 10]), (x) =>
    tf.add(x, tf.tensor2d(floats([10, 10], { seed: 9 }).data as Float32Array, [10, 10])),
  ),
  of('constants that are not finite', floats([3]), (x) => tf.minimum(x, tf.tensor1d([Infinity, 1e-7, -Infinity]))),
  of('range, linspace', floats([4]), (x) => [tf.add(x, tf.range(1, 9, 2)), tf.add(x, tf.linspace(0, 1, 4))]),
  of('range of int32', integers([3], [1, 2, 3]), (x) => tf.add(x, tf.range(5, 2, -1, 'int32'))),

  // Gradients, as tfjs-core has them.
  of(
    'gradient of softmax',
    block,
    gradient((x) => tf.softmax(x)),
  ),
  of(
    'gradient of a mean',
    block,
    gradient((x) => tf.mean(x, 1)),
  ),
  of(
    'gradient of concat and slice',
    block,
    gradient((x) => tf.concat([tf.slice(x, [0, 1, 0], [2, 2, 4]), x], 1)),
  ),
  of(
    'gradient of elu, selu and sigmoid',
    x,
    gradient((x) => tf.add(tf.elu(x), tf.add(tf.selu(x), tf.sigmoid(x)))),
  ),
  pair('gradient of a product', floats([2, 3]), floats([3, 4]), (x, y) =>
    tf.grad((z) => tf.sum(tf.square(tf.matMul(z, y as tf.Tensor2D))))(x),
  ),
  pair('gradient of gather', block, integers([3], [2, 0, 2]), (x, i) =>
    tf.grad((z) => tf.sum(tf.square(tf.gather(z, i as tf.Tensor1D, 1))))(x),
  ),
];
