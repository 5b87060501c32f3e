import { axisFromFirst, integerOf, numbersOf, resultType, type Translations } from '../translation.js';

const upTo = (end: number, begin = 0) => Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);

/** Operations that take or put elements where indices say. */
export const GATHERS: Translations = {
  GatherV2: ([x, indices], node, { hlo }) => {
    const { shape } = resultType(node);
    const axis = axisFromFirst(numbersOf(node, 2, 'the axis')[0]!, x!.shape.length);
    const batch = integerOf(node.attributes, 'batch_dims');
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
    const type = resultType(node);
    const outer = indices!.shape.length - 1;
    const named = upTo(indices!.shape[outer]!);
    const at = { offset: upTo(updates!.shape.length, outer), collapsed: named, indexMap: named, indexVector: outer };
    return hlo.scatterAdd(hlo.full(0, type), indices!, updates!, at);
  },
  UnsortedSegmentSum: ([x, segments], node, { hlo }) => {
    const outer = segments!.shape.length;
    const at = { offset: upTo(x!.shape.length, outer), collapsed: [0], indexMap: [0], indexVector: outer };
    return hlo.scatterAdd(hlo.full(0, resultType(node)), segments!, x!, at);
  },
  OneHot: ([indices, , on, off], node, { hlo }) => {
    const { shape } = resultType(node);
    const whole = { dtype: indices!.dtype, shape };
    const outer = indices!.shape.map((_, axis) => axis);
    const hot = hlo.compare('EQ', hlo.broadcast(indices!, shape, outer), hlo.iota(outer.length, whole));
    return hlo.select(hot, hlo.broadcast(on!, shape, []), hlo.broadcast(off!, shape, []));
  },
  TopKV2: ([x], node, { hlo }) => hlo.topK(x!, numbersOf(node, 1, 'how many are taken')[0]!),
};
