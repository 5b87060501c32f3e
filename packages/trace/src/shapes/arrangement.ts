import type { Value } from '../node.js';
import type { InferredResult } from '../shape-inference.js';
import {
  axisOf,
  commonType,
  count,
  elementsOf,
  integer,
  type Rules,
  requireElements,
  result,
  shapeOf,
} from './rule.js';

/** Operations that move elements, repeat them or leave some out. */
export const ARRANGEMENT: Rules = {
  Reshape: ([x, sizes]) => result(x!.dtype, reshaped(shapeOf(x!), requireElements(sizes!, 'a new shape'))),
  ExpandDims: ([x, axis]) => {
    const shape = shapeOf(x!);
    const [at] = requireElements(axis!, 'the axis');
    return result(x!.dtype, shape.toSpliced(axisOf(at!, shape.length + 1), 0, 1));
  },
  Transpose: ([x, permutation]) => {
    const shape = shapeOf(x!);
    return result(
      x!.dtype,
      requireElements(permutation!, 'a permutation').map((axis) => shape[axisOf(axis, shape.length)]!),
    );
  },
  BroadcastTo: ([x, sizes]) => result(x!.dtype, requireElements(sizes!, 'a new shape')),
  ConcatV2: (inputs) => {
    const [parts, axis] = [inputs.slice(0, -1), inputs.at(-1)!];
    return result(commonType(parts), concatenated(parts.map(shapeOf), requireElements(axis, 'the axis')[0]!));
  },
  Pack: (inputs, attributes) => {
    const shape = shapeOf(inputs[0]!);
    const other = inputs.find((input) => String(shapeOf(input)) !== String(shape));
    if (other !== undefined) throw new Error(`shapes [${shape}] and [${shapeOf(other)}] cannot be stacked`);
    return result(
      commonType(inputs),
      shape.toSpliced(axisOf(integer(attributes, 'axis'), shape.length + 1), 0, inputs.length),
    );
  },
  Unpack: ([x], attributes) => {
    const shape = shapeOf(x!);
    const axis = axisOf(integer(attributes, 'axis'), shape.length);
    return Array.from({ length: shape[axis]! }, () => ({ dtype: x!.dtype, shape: shape.toSpliced(axis, 1) }));
  },
  SplitV: ([x, sizes, axis]) =>
    split(x!, requireElements(sizes!, 'the sizes of parts'), requireElements(axis!, 'the axis')[0]!),
  Slice: ([x, begin, size]) => {
    const shape = shapeOf(x!);
    const [first, sizes] = [elementsOf(begin!), requireElements(size!, 'the size of a slice')];
    const sliced = sizes.map((n, axis) => (n === -1 ? shape[axis]! - (first?.[axis] ?? 0) : n));
    const beyond = sliced.findIndex((n, axis) => n < 0 || (first?.[axis] ?? 0) + n > shape[axis]!);
    if (beyond >= 0) throw new Error(`a slice of sizes [${sliced}] from [${first}] does not lie in [${shape}]`);
    return result(x!.dtype, sliced);
  },
  StridedSlice: (inputs, attributes) =>
    result(inputs[0]!.dtype, stridedSlice(inputs, (name) => integer(attributes, name)).shape),
  PadV2: ([x, paddings]) => result(x!.dtype, padded(x!, paddings!)),
  MirrorPad: ([x, paddings]) => result(x!.dtype, padded(x!, paddings!)),
  Tile: ([x, repeats]) => {
    const times = requireElements(repeats!, 'how often a tensor is repeated');
    return result(
      x!.dtype,
      shapeOf(x!).map((size, axis) => size * times[axis]!),
    );
  },
  ReverseV2: ([x]) => result(x!.dtype, shapeOf(x!)),
  Diag: ([x]) => result(x!.dtype, [...shapeOf(x!), ...shapeOf(x!)]),
};

function reshaped(from: readonly number[], to: readonly number[]): number[] {
  const elements = count(from);
  const known = count(to.filter((size) => size !== -1));
  const shape = to.map((size) => (size === -1 ? elements / known : size));
  if (count(shape) !== elements || !shape.every(Number.isInteger)) {
    throw new Error(`${elements} elements, of shape [${from}], do not fit into shape [${to}]`);
  }
  return shape;
}

function concatenated(shapes: readonly (readonly number[])[], axis: number): number[] {
  const [first] = shapes;
  const along = axisOf(axis, first!.length);
  const other = shapes.find(
    (shape) => shape.length !== first!.length || shape.some((size, i) => i !== along && size !== first![i]),
  );
  if (other !== undefined) throw new Error(`shapes [${first}] and [${other}] cannot be joined along axis ${axis}`);
  return first!.with(
    along,
    shapes.reduce((sum, shape) => sum + shape[along]!, 0),
  );
}

function split(x: Value, sizes: readonly number[], axis: number): InferredResult[] {
  const shape = shapeOf(x);
  const along = axisOf(axis, shape.length);
  const given = sizes.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
  const all = sizes.map((size) => (size === -1 ? shape[along]! - given : size));
  if (all.reduce((sum, size) => sum + size, 0) !== shape[along]) {
    throw new Error(`parts of sizes [${sizes}] are not axis ${axis} of [${shape}]`);
  }
  return all.map((size) => ({ dtype: x.dtype, shape: shape.with(along, size) }));
}

function padded(x: Value, paddings: Value): number[] {
  const room = requireElements(paddings, 'paddings');
  return shapeOf(x).map((size, axis) => size + room[2 * axis]! + room[2 * axis + 1]!);
}

/** What a strided slice takes: for each axis of x where it begins, ends and how it goes on; and its shape. */
export interface StridedSlice {
  begin: number[];
  end: number[];
  strides: number[];
  shape: number[];
}

/**
 * Reads the operation StridedSlice, with its masks.
 *
 * @param mask the bits of an attribute such as `begin_mask`
 */
export function stridedSlice([x, begin, end, strides]: readonly Value[], mask: (name: string) => number): StridedSlice {
  const shape = shapeOf(x!);
  const [from, to, by] = [begin!, end!, strides!].map((value) => requireElements(value, 'what is sliced'));
  const bit = (name: string, i: number) => (mask(name) & (1 << i)) !== 0;
  const taken: StridedSlice = { begin: [], end: [], strides: [], shape: [] };
  for (const i of axesNamed(shape.length, from!.length, bit)) {
    if (i === NEW_AXIS) {
      taken.shape.push(1);
      continue;
    }
    const size = shape[taken.begin.length]!;
    const whole = i === WHOLE_AXIS;
    const stride = whole ? 1 : by![i]!;
    const shrinks = !whole && bit('shrink_axis_mask', i);
    const counted = (at: number) => (at < 0 ? at + size : at);
    const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
    const within = (at: number) => Math.min(Math.max(at, low), high);
    const first = whole || bit('begin_mask', i) ? (stride > 0 ? 0 : size - 1) : within(counted(from![i]!));
    const past = whole || bit('end_mask', i) ? (stride > 0 ? size : -1) : within(counted(to![i]!));
    const last = shrinks ? first + 1 : past;
    taken.begin.push(first);
    taken.end.push(last);
    taken.strides.push(shrinks ? 1 : stride);
    if (!shrinks) taken.shape.push(Math.max(0, Math.ceil((last - first) / stride)));
  }
  return taken;
}

/** In the place of the number of what is said of an axis. */
const [WHOLE_AXIS, NEW_AXIS] = [-1, -2];

/**
 * What is said of each axis of a tensor that is sliced, by its number, with new axes between them. An ellipsis stands for
 * as many whole axes as are not named; without one they are the last.
 */
function axesNamed(rank: number, count: number, bit: (mask: string, i: number) => boolean): number[] {
  const said = Array.from({ length: count }, (_, i) => i);
  const isEllipsis = (i: number) => bit('ellipsis_mask', i);
  const named = said.map((i) => (bit('new_axis_mask', i) && !isEllipsis(i) ? NEW_AXIS : i));
  const ellipses = said.filter(isEllipsis);
  if (ellipses.length > 1) throw new Error('a slice has one ellipsis at most');
  const others = rank - named.filter((i) => i !== NEW_AXIS).length + ellipses.length;
  if (others < 0) throw new Error(`a slice names ${rank - others} axes of a tensor of rank ${rank}`);
  return named.toSpliced(ellipses[0] ?? count, ellipses.length, ...Array<number>(others).fill(WHOLE_AXIS));
}
