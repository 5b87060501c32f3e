import { DataType, type WindowAxis, windowAxes } from '@vjepa/trace';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import type { Translation, TranslationContext, Translations } from '../translation.js';

/** One element of the filter, where it lies over each place of the images. */
interface Position {
  /** Images' elements under it, plus it. */
  sum: Tensor;
  /** Where it lies over the padded images: the first element and what is beyond the last. */
  begin: readonly number[];
  end: readonly number[];
}

/** The images with room around them, and every element of the filter over them, row after row. */
function overlay([x, filter]: readonly Tensor[], [rows, columns]: readonly WindowAxis[], hlo: HloWriter) {
  const [batch, , , channels] = x!.shape as [number, number, number, number];
  const nothing = hlo.constant([Number.NEGATIVE_INFINITY], { dtype: x!.dtype, shape: [] });
  const padded = hlo.pad(x!, nothing, [0, rows!.before, columns!.before, 0], [0, rows!.after, columns!.after, 0]);
  const shape = [batch, rows!.places, columns!.places, channels];
  const positions: Position[] = [];
  for (let row = 0; row < rows!.size; row++) {
    for (let column = 0; column < columns!.size; column++) {
      const begin = [0, row * rows!.dilation, column * columns!.dilation, 0];
      const reach = (axis: WindowAxis, first: number) => first + (axis.places - 1) * axis.stride + 1;
      const end = [batch, reach(rows!, begin[1]!), reach(columns!, begin[2]!), channels];
      const under = hlo.slice(padded, begin, end, [1, rows!.stride, columns!.stride, 1]);
      const element = hlo.reshape(hlo.slice(filter!, [row, column, 0], [row + 1, column + 1, channels]), [channels]);
      positions.push({ sum: hlo.add(under, hlo.broadcast(element, shape, [3])), begin, end });
    }
  }
  return { padded, positions };
}

const greatestOf = (positions: readonly Position[], hlo: HloWriter) =>
  positions.map(({ sum }) => sum).reduce((a, b) => hlo.binary('maximum', a, b));

/** What the gradient is worth to each element of the filter: where it made the result, the first of those that did. */
function shares(positions: readonly Position[], dy: Tensor, hlo: HloWriter): Tensor[] {
  const greatest = greatestOf(positions, hlo);
  const zero = hlo.full(0, dy);
  let open = hlo.full(1, { dtype: DataType.BOOL, shape: dy.shape });
  return positions.map(({ sum }) => {
    const taken = hlo.binary('and', open, hlo.compare('EQ', sum, greatest));
    open = hlo.binary('and', open, hlo.unary('not', taken));
    return hlo.select(taken, dy, zero);
  });
}

const dilated =
  (
    write: (
      parts: ReturnType<typeof overlay> & { dy: Tensor; axes: readonly WindowAxis[]; filter: Tensor },
      hlo: HloWriter,
    ) => Tensor,
  ): Translation =>
  (operands, { attributes }, { hlo }: TranslationContext) => {
    const [x, filter, dy] = operands as [Tensor, Tensor, Tensor];
    const axes = windowAxes(x.shape, filter.shape.slice(0, 2), attributes);
    return write({ ...overlay(operands, axes, hlo), dy, axes, filter }, hlo);
  };

/** Greyscale dilation of images [B, height, width, C] and its gradients. */
export const DILATION: Translations = {
  Dilation2D: dilated(({ positions }, hlo) => greatestOf(positions, hlo)),
  Dilation2DBackpropInput: dilated(({ padded, positions, dy, axes: [rows, columns] }, hlo) => {
    const zero = hlo.constant([0], { dtype: dy.dtype, shape: [] });
    const spread = shares(positions, dy, hlo).map((share, i) => {
      const { begin, end } = positions[i]!;
      const after = padded.shape.map((size, axis) => size - end[axis]!);
      return hlo.pad(share, zero, begin, after, [0, rows!.stride - 1, columns!.stride - 1, 0]);
    });
    const from = [0, rows!.before, columns!.before, 0];
    const to = padded.shape.map((size, axis) => size - [0, rows!.after, columns!.after, 0][axis]!);
    return hlo.slice(spread.reduce(hlo.add), from, to);
  }),
  Dilation2DBackpropFilter: dilated(({ positions, dy, filter }, hlo) => {
    const [, , channels] = filter.shape;
    const sums = shares(positions, dy, hlo).map((share) =>
      hlo.reshape(hlo.reduce('add', share, [0, 1, 2]), [1, channels!]),
    );
    return hlo.reshape(hlo.concatenate(sums, 0), filter.shape);
  }),
};
