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

/** An operation on two tensors, and its gradients with respect to both. */
function withGradients(
  name: string,
  x: HostTensor,
  y: HostTensor,
  run: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): OperationCase[] {
  const inputs = { x, y };
  return [
    pair(name, x, y, run),
    {
      name: `gradients of ${name}`,
      inputs,
      run: ({ x, y }) => tf.grads((x, y) => tf.sum(tf.square(run(x!, y!))))([x!, y!]),
    },
  ];
}

const images = floats([2, 4, 5, 3]);

/** Plain JavaScript's gradients of resizing are right for one square image at a time. */
const square = floats([1, 5, 5, 3]);

/** No column of two is without a number. */
const amongNaN = Float32Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? Number.NaN : Math.sin(i)));

/** Videos [B, 2, height, width, C / 2] of images. */
function pictures(x: tf.Tensor): tf.Tensor5D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.transpose(tf.reshape(x, [batch, height, width, 2, channels / 2]), [0, 3, 1, 2, 4]);
}

const CONVOLUTIONS: readonly {
  name: string;
  x: number[];
  filter: number[];
  run: (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor;
}[] = (['same', 'valid'] as const).flatMap((padding) => [
  {
    name: `conv2d, padding '${padding}'`,
    ...{ x: [2, 5, 6, 2], filter: [3, 2, 2, 4] },
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], padding),
  },
  {
    name: `conv3d, padding '${padding}'`,
    ...{ x: [2, 4, 5, 6, 2], filter: [2, 3, 2, 2, 3] },
    run: (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [2, 1, 2], padding),
  },
  {
    name: `depthwiseConv2d, padding '${padding}'`,
    ...{ x: [2, 5, 6, 3], filter: [3, 2, 3, 2] },
    run: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, padding),
  },
]);

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
  pair('cast of complex numbers', whole, positive, (x, y) => tf.cast(tf.complex(tf.cast(x, 'float32'), y), 'bool')),
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
  of('argMax, argMin among NaN', { shape: [2, 3], data: Float32Array.of(1, Number.NaN, 3, 2, Number.NaN, -1) }, (x) => [
    tf.argMax(x, 1),
    tf.argMin(x, 1),
  ]),
  of('cumsum of nothing', floats([0, 3]), (x) => [tf.cumsum(x, 0), tf.cumsum(x, 1)]),
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
  of('broadcastArgs', x, () => tf.broadcastArgs([3, 1, 4], [2, 1])),
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
  of('stridedSlice with an ellipsis', block, (x) => [
    tf.stridedSlice(x, [0, 1], [0, 3], [1, 2], 0, 0, 1),
    tf.stridedSlice(x, [1, 0, 0], [2, 0, 2], [1, 1, 1], 0, 0, 2, 0, 1),
    tf.stridedSlice(x, [1, 0, 0, -1], [2, 0, 0, -4], [1, 1, 1, -1], 0, 0, 2, 4),
  ]),
  of('stridedSlice with new axes', block, (x) => [
    tf.stridedSlice(x, [0, 1], [1, 2], [1, 1], 0, 0, 0, 1),
    tf.stridedSlice(x, [0, 1, 0, 2], [0, 2, 0, 3], [1, 1, 1, 1], 0, 0, 0, 5, 2),
  ]),
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
  pair('gather along the last axis', block, integers([2], [3, 0]), (x, i) => tf.gather(x, i as tf.Tensor1D, -1)),
  pair('gather with batches', block, integers([2, 2], [2, 0, 1, 1]), (x, i) => tf.gather(x, i as tf.Tensor2D, 1, 1)),
  pair('gatherND', block, integers([3, 2], [0, 1, 1, 2, 0, 0]), (x, i) => tf.gatherND(x, i)),
  pair('scatterND', floats([3, 2]), integers([3, 1], [3, 0, 3]), (x, i) => tf.scatterND(i, x, [4, 2])),
  pair('unsortedSegmentSum', floats([4, 2]), integers([4], [1, 0, 1, 2]), (x, i) =>
    tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4),
  ),
  of('oneHot', integers([2, 2], [0, 2, 1, 3]), (x) => tf.oneHot(x, 3)),
  of('oneHot of other values', integers([3], [0, 2, 1]), (x) => tf.oneHot(x as tf.Tensor1D, 3, 0.9, 0.1, 'float32')),
  of('topk', floats([2, 5]), (x) => Object.values(tf.topk(x, 3))),

  pair('tensorScatterUpdate', floats([2, 2]), integers([2, 1], [3, 0]), (x, i) =>
    tf.tensorScatterUpdate(tf.ones([4, 2]), i, x),
  ),
  pair('sparseToDense', floats([2]), integers([2, 2], [0, 3, 2, 1]), (x, i) => tf.sparseToDense(i, x, [3, 4], 7)),
  pair('bincount', integers([6], [1, 4, 1, 0, 1, 9]), floats([6]), (x, w) =>
    tf.concat([tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5), tf.bincount(x as tf.Tensor1D, [], 5)]),
  ),
  of('denseBincount', integers([2, 3], [1, 3, 1, 0, 2, 5]), (x) => [
    tf.denseBincount(x as tf.Tensor2D, [], 4),
    tf.denseBincount(x as tf.Tensor2D, [], 4, true),
  ]),
  pair(
    'lowerBound, upperBound',
    integers([2, 4], [1, 3, 3, 9, 0, 0, 5, 6]),
    integers([2, 3], [3, 0, 10, 0, 5, 7]),
    (sorted, values) => tf.stack([tf.lowerBound(sorted, values), tf.upperBound(sorted, values)]),
  ),
  of('diag', floats([2, 3]), (x) => tf.diag(x)),

  // Windows.
  ...CONVOLUTIONS.flatMap(({ name, x, filter, run }) =>
    withGradients(name, floats(x), floats(filter, { seed: 5 }), run),
  ),
  pair('conv2d of channels first', floats([1, 2, 4, 5]), floats([2, 2, 2, 3], { seed: 5 }), (x, y) =>
    tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, 1, 'same', 'NCHW'),
  ),
  ...withGradients(
    'conv2d of channels first, with strides',
    floats([1, 2, 7, 6]),
    floats([3, 2, 2, 3], { seed: 5 }),
    (x, y) => tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, [2, 1], 'same', 'NCHW'),
  ),
  pair('conv2d of channels first, dilated', floats([1, 2, 7, 8]), floats([3, 2, 2, 3], { seed: 5 }), (x, y) =>
    tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, 1, 'same', 'NCHW', [1, 3]),
  ),
  pair('conv2d with padding of its own', floats([1, 4, 5, 2]), floats([2, 2, 2, 3], { seed: 5 }), (x, y) =>
    tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, 1, [
      [0, 0],
      [1, 2],
      [0, 3],
      [0, 0],
    ]),
  ),
  pair('conv2d, dilated', floats([1, 6, 7, 2]), floats([2, 3, 2, 3], { seed: 5 }), (x, y) =>
    tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]),
  ),
  pair('depthwiseConv2d, dilated', floats([1, 6, 7, 2]), floats([2, 3, 2, 2], { seed: 5 }), (x, y) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, y as tf.Tensor4D, 1, 'valid', 'NHWC', [2, 2]),
  ),
  pair('conv2dTranspose', floats([1, 3, 2, 2]), floats([3, 3, 4, 2], { seed: 5 }), (x, y) =>
    tf.conv2dTranspose(x as tf.Tensor4D, y as tf.Tensor4D, [1, 6, 4, 4], 2, 'same'),
  ),
  of('maxPool, maxPool3d among NaN', { shape: [1, 2, 2, 4], data: amongNaN }, (x) => [
    tf.maxPool(x as tf.Tensor4D, [2, 1], 1, 'same'),
    tf.maxPool3d(pictures(x), [1, 2, 1], 1, 'same'),
  ]),
  ...(['same', 'valid'] as const).flatMap((padding) =>
    Object.entries({
      avgPool: (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, [2, 3], [2, 1], padding),
      maxPool: (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, [3, 2], [1, 2], padding),
      avgPool3d: (x: tf.Tensor) => tf.avgPool3d(pictures(x), [2, 3, 2], [2, 1, 2], padding),
      maxPool3d: (x: tf.Tensor) => tf.maxPool3d(pictures(x), [2, 3, 2], [1, 2, 1], padding),
    }).flatMap(([name, pool]) => [
      of(`${name}, padding '${padding}'`, floats([2, 5, 6, 4]), pool),
      // Of the others plain JavaScript has another gradient than TensorFlow, and than finite differences.
      ...(name === 'maxPool' || (name !== 'maxPool3d' && padding === 'valid')
        ? [of(`gradient of ${name}, padding '${padding}'`, floats([2, 5, 6, 4]), gradient(pool))]
        : []),
    ]),
  ),
  of('localResponseNormalization and its gradient', floats([1, 2, 3, 7]), (x) => {
    const normalize = (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1.5, 0.4, 0.6);
    return [normalize(x), gradient(normalize)(x)];
  }),
  ...withGradients('dilation2d', floats([1, 6, 5, 2]), floats([2, 3, 2], { seed: 5 }), (x, y) =>
    tf.dilation2d(x as tf.Tensor4D, y as tf.Tensor3D, [2, 1], 'same', [1, 2]),
  ),

  // Images.
  ...[
    { name: 'larger', size: [7, 9] as const },
    { name: 'smaller', size: [2, 3] as const },
  ].flatMap(({ name, size: [height, width] }) =>
    [false, true].flatMap((alignCorners) => [
      of(`resizeBilinear, ${name}${alignCorners ? ', corners aligned' : ''}`, square, (x) => {
        const resize = (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [height, width], alignCorners);
        return [resize(x), gradient(resize)(x)];
      }),
      of(`resizeNearestNeighbor, ${name}${alignCorners ? ', corners aligned' : ''}`, square, (x) => {
        const resize = (x: tf.Tensor) =>
          tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [height, width], alignCorners);
        return [resize(x), gradient(resize)(x)];
      }),
    ]),
  ),
  of('resizing by the centres of pixels', images, (x) => [
    tf.image.resizeBilinear(x as tf.Tensor4D, [7, 3], false, true),
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [7, 3], false, true),
  ]),
  ...(['bilinear', 'nearest'] as const).map((method) =>
    pair(`cropAndResize, ${method}`, images, integers([3], [1, 0, 1]), (x, samples) =>
      tf.image.cropAndResize(
        x as tf.Tensor4D,
        tf.tensor2d([0.1, 0.2, 0.7, 0.9, 0, 0, 1, 1, -0.2, 0.3, 1.1, 0.8], [3, 4]),
        samples as tf.Tensor1D,
        [3, 4],
        method,
        0.5,
      ),
    ),
  ),
  of('batchNorm', images, (x) =>
    tf.batchNorm(x, tf.tensor1d([0.1, 0.2, -0.3]), tf.tensor1d([1, 2, 0.5]), tf.tensor1d([1, 0, 2]), undefined, 0.01),
  ),
  of('spaceToBatchND, batchToSpaceND', floats([2, 4, 6, 3]), (x) => {
    const samples = tf.spaceToBatchND(
      x,
      [2, 3],
      [
        [1, 1],
        [0, 3],
      ],
    );
    return [
      samples,
      tf.batchToSpaceND(
        samples,
        [2, 3],
        [
          [1, 0],
          [0, 2],
        ],
      ),
    ];
  }),
  of('depthToSpace', floats([1, 2, 3, 8]), (x) => tf.depthToSpace(x as tf.Tensor4D, 2)),

  // Complex numbers.
  pair('complex numbers', x, positive, (x, y) => {
    const z = tf.complex(x, y);
    const product = tf.mul(z, z);
    return tf.stack([tf.real(product), tf.imag(product), tf.abs(z)]);
  }),
  pair('fft, ifft', x, positive, (x, y) => {
    const [there, back] = [tf.fft(tf.complex(x, y)), tf.ifft(tf.complex(x, y))];
    return tf.stack([tf.real(there), tf.imag(there), tf.real(back), tf.imag(back)]);
  }),

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
