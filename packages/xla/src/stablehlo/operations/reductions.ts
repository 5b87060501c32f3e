import type { HloWriter, Reducer } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import { axisFromFirst, flagOf, numbersOf, resultType, type Translation, type Translations } from '../translation.js';
import { withoutNaN } from './without-nan.js';

const reduced =
  (reducer: Reducer, finish: (sum: Tensor, count: number, hlo: HloWriter) => Tensor = (sum) => sum): Translation =>
  ([x], node, { hlo }) => {
    const axes = numbersOf(node, 1, 'the axes that are reduced').map((axis) => axisFromFirst(axis, x!.shape.length));
    const one = hlo.reduce(reducer, x!, axes);
    const count = axes.reduce((product, axis) => product * x!.shape[axis]!, 1);
    return hlo.reshape(finish(one, count, hlo), resultType(node).shape);
  };

/** Where along an axis the first of the greatest (or least) elements is, none of which is NaN unless all are. */
const position =
  (reducer: 'maximum' | 'minimum'): Translation =>
  ([x], node, { hlo }) => {
    const { shape } = x!;
    const axis = axisFromFirst(numbersOf(node, 1, 'the axis')[0]!, shape.length);
    const others = shape.flatMap((_, i) => (i === axis ? [] : [i]));
    const numbers = withoutNaN(reducer, x!, hlo);
    const best = hlo.broadcast(hlo.reduce(reducer, numbers, [axis]), shape, others);
    const { dtype } = resultType(node);
    const places = hlo.iota(axis, { dtype, shape });
    const candidates = hlo.select(hlo.compare('EQ', numbers, best), places, hlo.full(shape[axis]!, { dtype, shape }));
    return hlo.reduce('minimum', candidates, [axis]);
  };

/** Sums (products) of all elements up to each; without itself if it is exclusive. */
const running =
  (reducer: Reducer): Translation =>
  ([x], node, { hlo }) => {
    const rank = x!.shape.length;
    const along = axisFromFirst(numbersOf(node, 1, 'the axis')[0]!, rank);
    const size = x!.shape[along]!;
    if (size === 0) return x!;
    const [before, after] = flagOf(node.attributes, 'exclusive') ? [size, -1] : [size - 1, 0];
    const pads: readonly [number, number] = flagOf(node.attributes, 'reverse') ? [after, before] : [before, after];
    return hlo.reduceWindow(
      reducer,
      x!,
      x!.shape.map((_, axis) => (axis === along ? { size, padding: pads } : { size: 1 })),
    );
  };

/** Operations that make one element of many, or a running one. */
export const REDUCTIONS: Translations = {
  All: reduced('and'),
  Any: reduced('or'),
  ArgMax: position('maximum'),
  ArgMin: position('minimum'),
  Cumprod: running('multiply'),
  Cumsum: running('add'),
  L2Loss: ([x], _node, { hlo }) => {
    const sum = hlo.reduce(
      'add',
      hlo.multiply(x!, x!),
      x!.shape.map((_, axis) => axis),
    );
    return hlo.scale(sum, 0.5);
  },
  Max: reduced('maximum'),
  Mean: reduced('add', (sum, count, hlo) => hlo.divide(sum, hlo.full(count, sum))),
  Min: reduced('minimum'),
  Prod: reduced('multiply'),
  Sum: reduced('add'),
};
