import { channelAxis, DataType, stridedSlice } from '@vjepa/trace';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import {
  axisFromFirst,
  integerOf,
  numbersOf,
  resultType,
  type Translation,
  type Translations,
  typeOf,
} from '../translation.js';

/** The same elements in another shape. */
const reshaped: Translation = ([x], node, { hlo }) => hlo.reshape(x!, resultType(node).shape);

/** Operations that move elements, repeat them or leave some out. */
export const ARRANGEMENT: Translations = {
  Reshape: reshaped,
  ExpandDims: reshaped,
  Transpose: ([x], node, { hlo }) =>
    hlo.transpose(
      x!,
      numbersOf(node, 1, 'a permutation').map((axis) => axisFromFirst(axis, x!.shape.length)),
    ),
  BroadcastTo: ([x], node, { hlo }) => hlo.broadcastTo(x!, resultType(node).shape),
  ConcatV2: (operands, node, { hlo }) => {
    const parts = operands.slice(0, -1);
    const [axis] = numbersOf(node, parts.length, 'the axis');
    return hlo.concatenate(parts, axisFromFirst(axis!, parts[0]!.shape.length));
  },
  Pack: (operands, node, { hlo }) => {
    const { shape } = resultType(node);
    const axis = axisFromFirst(integerOf(node.attributes, 'axis'), shape.length);
    return hlo.concatenate(
      operands.map((part) => hlo.reshape(part, shape.with(axis, 1))),
      axis,
    );
  },
  Unpack: ([x], node, { hlo }) => {
    const axis = axisFromFirst(integerOf(node.attributes, 'axis'), x!.shape.length);
    return parts(
      x!,
      node.outputs.map(() => 1),
      axis,
      hlo,
    ).map((part, i) => hlo.reshape(part, typeOf(node.outputs[i]!).shape));
  },
  SplitV: ([x], node, { hlo }) => {
    const axis = axisFromFirst(numbersOf(node, 2, 'the axis')[0]!, x!.shape.length);
    return parts(
      x!,
      node.outputs.map((part) => typeOf(part).shape[axis]!),
      axis,
      hlo,
    );
  },
  Slice: ([x], node, { hlo }) => {
    const begin = numbersOf(node, 1, 'where a slice begins');
    const { shape } = resultType(node);
    return hlo.slice(
      x!,
      begin,
      begin.map((first, axis) => first + shape[axis]!),
    );
  },
  StridedSlice: ([x], node, { hlo }) => {
    const taken = stridedSlice(node.inputs, (name) => integerOf(node.attributes, name));
    return hlo.reshape(strided(x!, taken, hlo), resultType(node).shape);
  },
  PadV2: ([x, , value], node, { hlo }) => {
    const room = numbersOf(node, 1, 'paddings');
    const side = (which: 0 | 1) => x!.shape.map((_, axis) => room[2 * axis + which]!);
    return hlo.pad(x!, value!, side(0), side(1));
  },
  MirrorPad: ([x], node, { hlo }) => {
    const room = numbersOf(node, 1, 'paddings');
    const edge = node.attributes.mode!.value === 'SYMMETRIC' ? 0 : 1;
    return x!.shape.reduce(
      (padded, _, axis) => mirrored(padded, [room[2 * axis]!, room[2 * axis + 1]!], { axis, edge }, hlo),
      x!,
    );
  },
  Tile: ([x], node, { hlo }) => {
    const times = numbersOf(node, 1, 'how often a tensor is repeated');
    const apart = x!.shape.flatMap((size, axis) => [times[axis]!, size]);
    const axes = x!.shape.map((_, axis) => 2 * axis + 1);
    return hlo.reshape(hlo.broadcast(x!, apart, axes), resultType(node).shape);
  },
  ReverseV2: ([x], node, { hlo }) =>
    hlo.reverse(
      x!,
      numbersOf(node, 1, 'axes').map((axis) => axisFromFirst(axis, x!.shape.length)),
    ),
  Diag: ([x], node, { hlo }) => {
    const { shape } = resultType(node);
    const count = x!.shape.reduce((product, size) => product * size, 1);
    const square = { dtype: x!.dtype, shape: [count, count] };
    const places = { dtype: DataType.INT32, shape: square.shape };
    const repeated = hlo.broadcast(hlo.reshape(x!, [count]), square.shape, [0]);
    const diagonal = hlo.compare('EQ', hlo.iota(0, places), hlo.iota(1, places));
    return hlo.reshape(hlo.select(diagonal, repeated, hlo.full(0, square)), shape);
  },
  // Blocks of places become samples.
  SpaceToBatchND: ([x], node, { hlo }) => {
    const block = numbersOf(node, 1, 'the sizes of blocks');
    const room = numbersOf(node, 2, 'paddings');
    const rank = block.length;
    const side = (which: 0 | 1) =>
      x!.shape.map((_, axis) => (axis === 0 || axis > rank ? 0 : room[2 * (axis - 1) + which]!));
    const zero = hlo.constant([0], { dtype: x!.dtype, shape: [] });
    const padded = hlo.pad(x!, zero, side(0), side(1));
    const [batch, ...rest] = padded.shape;
    const apart = hlo.reshape(padded, [
      batch!,
      ...block.flatMap((size, i) => [rest[i]! / size, size]),
      ...rest.slice(rank),
    ]);
    const [blocks, within] = [block.map((_, i) => 1 + 2 * i), block.map((_, i) => 2 + 2 * i)];
    const others = rest.slice(rank).map((_, i) => 1 + 2 * rank + i);
    return hlo.reshape(hlo.transpose(apart, [...within, 0, ...blocks, ...others]), resultType(node).shape);
  },
  BatchToSpaceND: ([x], node, { hlo }) => {
    const block = numbersOf(node, 1, 'the sizes of blocks');
    const cut = numbersOf(node, 2, 'crops');
    const { shape } = resultType(node);
    const rank = block.length;
    const [, ...rest] = x!.shape;
    const apart = hlo.reshape(x!, [...block, shape[0]!, ...rest]);
    const pairs = block.flatMap((_, i) => [rank + 1 + i, i]);
    const others = rest.slice(rank).map((_, i) => 2 * rank + 1 + i);
    const whole = [shape[0]!, ...block.map((size, i) => rest[i]! * size), ...rest.slice(rank)];
    const joined = hlo.reshape(hlo.transpose(apart, [rank, ...pairs, ...others]), whole);
    const begin = whole.map((_, axis) => (axis === 0 || axis > rank ? 0 : cut[2 * (axis - 1)]!));
    return hlo.slice(
      joined,
      begin,
      begin.map((first, axis) => first + shape[axis]!),
    );
  },
  // Blocks of channels become places.
  DepthToSpace: ([x], node, { hlo }) => {
    const block = integerOf(node.attributes, 'block_size');
    const { shape } = resultType(node);
    const [batch, ...sizes] = x!.shape as [number, ...number[]];
    if (channelAxis(4, node.attributes) === 1) {
      const apart = hlo.reshape(x!, [batch, block, block, shape[1]!, ...sizes.slice(1)]);
      return hlo.reshape(hlo.transpose(apart, [0, 3, 4, 1, 5, 2]), shape);
    }
    const apart = hlo.reshape(x!, [batch, ...sizes.slice(0, 2), block, block, shape[3]!]);
    return hlo.reshape(hlo.transpose(apart, [0, 1, 3, 2, 4, 5]), shape);
  },
};

/** One part after the other along an axis. */
function parts(x: Tensor, sizes: readonly number[], axis: number, hlo: HloWriter): Tensor[] {
  let first = 0;
  return sizes.map((size) => {
    const part = range(x, axis, first, first + size, hlo);
    first += size;
    return part;
  });
}

function range(x: Tensor, axis: number, from: number, to: number, hlo: HloWriter): Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? from : 0));
  return hlo.slice(x, begin, x.shape.with(axis, to));
}

/** Along axes that are gone through backwards x is turned round first. */
function strided(x: Tensor, { begin, end, strides }: ReturnType<typeof stridedSlice>, hlo: HloWriter): Tensor {
  const backwards = (axis: number) => strides[axis]! < 0;
  const turned = hlo.reverse(
    x,
    x.shape.flatMap((_, axis) => (backwards(axis) ? [axis] : [])),
  );
  const fromLast = (at: number, axis: number) => (backwards(axis) ? x.shape[axis]! - 1 - at : at);
  const [from, to] = [begin.map(fromLast), end.map(fromLast)];
  return hlo.slice(
    turned,
    from,
    to.map((past, axis) => Math.max(past, from[axis]!)),
    strides.map(Math.abs),
  );
}

/** x with its elements mirrored at both ends of an axis; `edge` is 1 where the outermost element is not repeated. */
function mirrored(
  x: Tensor,
  [low, high]: readonly [number, number],
  { axis, edge }: { axis: number; edge: number },
  hlo: HloWriter,
): Tensor {
  const size = x.shape[axis]!;
  const mirror = (from: number, to: number) =>
    from === to ? [] : [hlo.reverse(range(x, axis, from, to, hlo), [axis])];
  return hlo.concatenate([...mirror(edge, edge + low), x, ...mirror(size - edge - high, size - edge)], axis);
}
