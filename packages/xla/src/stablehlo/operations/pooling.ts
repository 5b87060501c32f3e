import { type Node, spatialAxes, type WindowAxis, windowAxes } from '@vjepa/trace';
import type { HloWriter, WindowDimension } from '../hlo-writer.js';
import type { Tensor, TensorType } from '../tensor.js';
import { resultType, type Translation, type Translations } from '../translation.js';
import { withoutNaN } from './without-nan.js';

/** How an operation pools what has the shape: along its axes, and along those that are neither batch nor channels. */
function pools({ attributes }: Node, shape: readonly number[]): WindowAxis[] {
  const sizes = attributes.ksize!.value as readonly number[];
  return windowAxes(
    shape,
    spatialAxes(shape.length, attributes).map((axis) => sizes[axis]!),
    attributes,
  );
}

/** A window of one element along the other axes. */
function along(
  rank: number,
  axes: readonly WindowAxis[],
  dimension: (axis: WindowAxis) => WindowDimension,
): WindowDimension[] {
  const window = Array.from({ length: rank }, (): WindowDimension => ({ size: 1 }));
  for (const axis of axes) window[axis.axis] = dimension(axis);
  return window;
}

const forward = ({ size, stride, before, after }: WindowAxis): WindowDimension => ({
  size,
  stride,
  padding: [before, after],
});

/** All places that have an element of the input among theirs, of what is spread out again. */
const backward = ({ size, stride, before, input, places }: WindowAxis): WindowDimension => {
  const first = size - 1 - before;
  return { size, baseDilation: stride, padding: [first, input + size - 2 - (places - 1) * stride - first] };
};

/** How many elements there are in each window, without padding. */
function counts(node: Node, type: TensorType, hlo: HloWriter): Tensor {
  return hlo.reduceWindow('add', hlo.full(1, type), along(type.shape.length, pools(node, type.shape), forward));
}

const average: Translation = ([x], node, { hlo }) => {
  const sums = hlo.reduceWindow('add', x!, along(x!.shape.length, pools(node, x!.shape), forward));
  return hlo.divide(sums, counts(node, x!, hlo));
};

const averageGradient: Translation = ([, dy], node, { hlo }) => {
  const type = resultType(node);
  const shares = hlo.divide(dy!, counts(node, type, hlo));
  return hlo.reduceWindow('add', shares, along(type.shape.length, pools(node, type.shape), backward));
};

const greatest: Translation = ([x], node, { hlo }) =>
  hlo.reduceWindow('maximum', withoutNaN('maximum', x!, hlo), along(x!.shape.length, pools(node, x!.shape), forward));

const greatestGradient: Translation = ([x, , dy], node, { hlo }) =>
  hlo.scatterToGreatest(withoutNaN('maximum', x!, hlo), dy!, along(x!.shape.length, pools(node, x!.shape), forward));

/** Pooling and its gradients. */
export const POOLING: Translations = {
  AvgPool: average,
  AvgPoolGrad: averageGradient,
  AvgPool3D: average,
  AvgPool3DGrad: averageGradient,
  MaxPool: greatest,
  MaxPoolGrad: greatestGradient,
  MaxPool3D: greatest,
  MaxPool3DGrad: greatestGradient,
};
