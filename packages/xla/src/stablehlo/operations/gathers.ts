import { SUM_WITHIN_CLIPS } from '@vjepa/trace';
import type { GatherDimensions, HloWriter } from '../hlo-writer.js';
import type { Tensor, TensorType } from '../tensor.js';
import { axisFromFirst, flagOf, integerOf, numbersOf, resultType, type Translations } from '../translation.js';

const upTo = (end: number, begin = 0) => Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);

/** Where updates go: the last axis of the indices names places of the first axes. */
function placesNamed(indices: Tensor, updates: Tensor): GatherDimensions {
  const outer = indices.shape.length - 1;
  const named = upTo(indices.shape[outer]!);
  return { offset: upTo(updates.shape.length, outer), collapsed: named, indexMap: named, indexVector: outer };
}

/** How often each number is among x, or what those that are it weigh; of each row where x has rows. */
function counted([x, weights]: readonly [Tensor, Tensor], type: TensorType, hlo: HloWriter): Tensor {
  const count = type.shape.at(-1)!;
  const all = [...x.shape, count];
  const outer = upTo(x.shape.length);
  const hit = hlo.compare('EQ', hlo.broadcast(x, all, outer), hlo.iota(outer.length, { ...x, shape: all }));
  const weight = weights.shape.includes(0) ? hlo.full(1, { ...type, shape: x.shape }) : weights;
  const found = hlo.select(hit, hlo.broadcast(weight, all, outer), hlo.full(0, { ...type, shape: all }));
  return hlo.reduce('add', found, upTo(x.shape.length, type.shape.length - 1));
}

/** How many of each sorted row are before each of its values. */
function countBelow(
  direction: 'LT' | 'LE',
  [sorted, values]: readonly [Tensor, Tensor],
  { dtype, shape }: TensorType,
  hlo: HloWriter,
): Tensor {
  const all = [...shape, sorted.shape[1]!];
  const below = hlo.compare(direction, hlo.broadcast(sorted, all, [0, 2]), hlo.broadcast(values, all, [0, 1]));
  return hlo.reduce('add', hlo.convert(below, dtype), [2]);
}

/** Operations that take or put elements where indices say. */
export const GATHERS: Translations = {
  GatherV2: ([x, indices], node, { hlo }) => {
    const { shape } = resultType(node);
    const axis = axisFromFirst(numbersOf(node, 2, 'the axis')[0]!, x!.shape.length);
    const batch = axisFromFirst(integerOf(node.attributes, 'batch_dims'), indices!.shape.length);
    const places = indices!.shape.length - batch;
    const at = {
      offset: [...upTo(axis, batch), ...upTo(shape.length, axis + places)],
      collapsed: [axis],
      batching: upTo(batch).map((i) => [i, i] as const),
      indexMap: [axis],
      indexVector: indices!.shape.length,
    };
    const sizes = x!.shape.map((size, i) => (i === axis || i < batch ? 1 : size));
    return hlo.gather(x!, indices!, at, sizes, shape);
  },
  GatherNd: ([x, indices], node, { hlo }) => {
    const { shape } = resultType(node);
    const outer = indices!.shape.length - 1;
    const named = upTo(indices!.shape[outer]!);
    const at = { offset: upTo(shape.length, outer), collapsed: named, indexMap: named, indexVector: outer };
    const sizes = x!.shape.map((size, axis) => (axis < named.length ? 1 : size));
    return hlo.gather(x!, indices!, at, sizes, shape);
  },
  ScatterNd: ([indices, updates], node, { hlo }) => {
    const zeros = hlo.full(0, resultType(node));
    return hlo.scatterAdd(zeros, indices!, updates!, placesNamed(indices!, updates!));
  },
  UnsortedSegmentSum: ([x, segments], node, { hlo }) => {
    const outer = segments!.shape.length;
    const at = { offset: upTo(x!.shape.length, outer), collapsed: [0], indexMap: [0], indexVector: outer };
    return hlo.scatterAdd(hlo.full(0, resultType(node)), segments!, x!, at);
  },
  [SUM_WITHIN_CLIPS]: ([y, indices], node, { hlo }) => {
    const at = { offset: [2], collapsed: [1], batching: [[0, 0]], indexMap: [1], indexVector: 2 } as const;
    return hlo.scatterAdd(hlo.full(0, resultType(node)), indices!, y!, at);
  },
  TensorScatterUpdate: ([x, indices, updates], _node, { hlo }) =>
    hlo.scatterUpdate(x!, indices!, updates!, placesNamed(indices!, updates!)),
  SparseToDense: ([indices, , values, others], node, { hlo }) => {
    const type = resultType(node);
    const count = indices!.shape[0] ?? 1;
    const rows = hlo.reshape(indices!, [count, type.shape.length]);
    const each = hlo.broadcast(values!, [count], values!.shape.length === 0 ? [] : [0]);
    return hlo.scatterUpdate(hlo.broadcast(others!, type.shape, []), rows, each, placesNamed(rows, each));
  },
  Bincount: ([x, , weights], node, { hlo }) => counted([x!, weights!], resultType(node), hlo),
  DenseBincount: ([x, , weights], node, { hlo }) => {
    const type = resultType(node);
    const counts = counted([x!, weights!], type, hlo);
    if (!flagOf(node.attributes, 'binary_output')) return counts;
    return hlo.binary('minimum', counts, hlo.full(1, type));
  },
  LowerBound: ([sorted, values], node, { hlo }) => countBelow('LT', [sorted!, values!], resultType(node), hlo),
  UpperBound: ([sorted, values], node, { hlo }) => countBelow('LE', [sorted!, values!], resultType(node), hlo),
  OneHot: ([indices, , on, off], node, { hlo }) => {
    const { shape } = resultType(node);
    const whole = { dtype: indices!.dtype, shape };
    const outer = indices!.shape.map((_, axis) => axis);
    const hot = hlo.compare('EQ', hlo.broadcast(indices!, shape, outer), hlo.iota(outer.length, whole));
    return hlo.select(hot, hlo.broadcast(on!, shape, []), hlo.broadcast(off!, shape, []));
  },
  TopKV2: ([x], node, { hlo }) => hlo.topK(x!, numbersOf(node, 1, 'how many are taken')[0]!),
};
