import { DataType } from '../data-type.js';
import { axisOf, integer, type Rules, requireElements, result, shapeOf } from './rule.js';

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
    return result(x!.dtype, [...places.slice(0, -1), ...shape.slice(places.at(-1)!)]);
  },
  ScatterNd: ([, updates, shape]) => result(updates!.dtype, requireElements(shape!, 'a new shape')),
  UnsortedSegmentSum: ([x, segments, number]) => {
    const [rows] = requireElements(number!, 'the number of segments');
    return result(x!.dtype, [rows!, ...shapeOf(x!).slice(shapeOf(segments!).length)]);
  },
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
};
