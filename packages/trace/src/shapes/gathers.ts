import { DataType } from '../data-type.js';
import { axisOf, each, integer, type Rules, requireElements, result, shapeOf } from './rule.js';

/** Operations that take or put elements where indices say. */
export const GATHERS: Rules = {
  GatherV2: ([x, indices, axis], attributes) => {
    const [shape, places] = [shapeOf(x!), shapeOf(indices!)];
    const along = axisOf(requireElements(axis!, 'the axis')[0]!, shape.length);
    return result(x!.dtype, [
      ...shape.slice(0, along),
      ...places.slice(integer(attributes, 'batch_dims')),
      ...shape.slice(along + 1),
    ]);
  },
  GatherNd: ([x, indices]) => {
    const [shape, places] = [shapeOf(x!), shapeOf(indices!)];
    const named = places.at(-1);
    if (named === undefined || shape.length === 0 || named > shape.length) {
      throw new Error(`indices of shape [${places}] do not name places in a tensor of shape [${shape}]`);
    }
    return result(x!.dtype, [...places.slice(0, -1), ...shape.slice(named)]);
  },
  ScatterNd: ([, updates, shape]) => result(updates!.dtype, requireElements(shape!, 'a new shape')),
  UnsortedSegmentSum: ([x, segments, number]) => {
    const [rows] = requireElements(number!, 'the number of segments');
    return result(x!.dtype, [rows!, ...shapeOf(x!).slice(shapeOf(segments!).length)]);
  },
  TensorScatterUpdate: ([x]) => result(x!.dtype, shapeOf(x!)),
  SparseToDense: ([, shape, values]) => result(values!.dtype, requireElements(shape!, 'a new shape')),
  Bincount: ([, size, weights]) => result(weights!.dtype, requireElements(size!, 'how many are counted')),
  DenseBincount: ([x, size, weights]) => {
    const counted = requireElements(size!, 'how many are counted');
    return result(weights!.dtype, [...shapeOf(x!).slice(0, -1), ...counted]);
  },
  ...each(['LowerBound', 'UpperBound'], ([, values]) => result(DataType.INT32, shapeOf(values!))),
  OneHot: ([indices, depth, on]) => {
    const [classes] = requireElements(depth!, 'the number of classes');
    return result(on!.dtype, [...shapeOf(indices!), classes!]);
  },
  TopKV2: ([x, k]) => {
    const shape = shapeOf(x!).with(-1, requireElements(k!, 'how many are taken')[0]!);
    return [
      { dtype: x!.dtype, shape },
      { dtype: DataType.INT32, shape },
    ];
  },
  // What follows is as long as values say.
  UniqueV2: ([x, axis]) => {
    const shape = shapeOf(x!);
    const along = requireElements(axis!, 'the axis')[0] ?? 0;
    return [
      { dtype: x!.dtype, shape: shape.with(along, -1) },
      { dtype: DataType.INT32, shape: [shape[along]!] },
    ];
  },
  NonMaxSuppressionV3: () => result(DataType.INT32, [-1]),
  NonMaxSuppressionV5: ([, scores]) => [
    { dtype: DataType.INT32, shape: [-1] },
    { dtype: scores!.dtype, shape: [-1] },
    { dtype: DataType.INT32, shape: [] },
  ],
};
