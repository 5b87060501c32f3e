import type { Attributes } from '../node.js';
import type { InferredResult } from '../shape-inference.js';
import { each, type Rule, type Rules, requireElements, result, shapeOf } from './rule.js';
import { channelAxis, spatialAxes, windowAxes } from './window-axes.js';

/** The shape of what a window makes of a tensor: one element at each of its places. */
function placed(
  shape: readonly number[],
  sizes: readonly number[],
  channels: number,
  attributes: Attributes,
): readonly number[] {
  const axes = windowAxes(shape, sizes, attributes);
  const spatial = axes.reduce((placed, { axis, places }) => placed.with(axis, places), [...shape]);
  return spatial.with(channelAxis(shape.length, attributes), channels);
}

/** Filters are [...sizes, channels of the input, channels of the output]. */
const convolved: Rule = ([x, filter], attributes) => {
  const [shape, kernel] = [shapeOf(x!), shapeOf(filter!)];
  const depth = shape[channelAxis(shape.length, attributes)];
  if (kernel.at(-2) !== depth) throw new Error(`a filter of shape [${kernel}] does not go over [${shape}]`);
  return result(x!.dtype, placed(shape, kernel.slice(0, -2), kernel.at(-1)!, attributes));
};

/** [height, width, channels, filters for each]. */
const depthwise: Rule = ([x, filter], attributes) => {
  const [shape, [height, width, depth, multiplier]] = [shapeOf(x!), shapeOf(filter!)];
  return result(x!.dtype, placed(shape, [height!, width!], depth! * multiplier!, attributes));
};

const pooled: Rule = ([x], attributes) => {
  const shape = shapeOf(x!);
  const sizes = attributes.ksize!.value as readonly number[];
  const spatial = spatialAxes(shape.length, attributes).map((axis) => sizes[axis]!);
  return result(x!.dtype, placed(shape, spatial, shape[channelAxis(shape.length, attributes)]!, attributes));
};

/** Whatever has the shape of an operand. */
const like =
  (operand: number): Rule =>
  (inputs) =>
    result(inputs[operand]!.dtype, shapeOf(inputs[operand]!));

/** What has the sizes that an operand says, and elements like another. */
const sized =
  (sizes: number, typed: number): Rule =>
  (inputs): readonly InferredResult[] =>
    result(inputs[typed]!.dtype, requireElements(inputs[sizes]!, 'the shape of a gradient'));

/** Of what is convolved, by its own shape, a filter, and what the result is worth. */
const inputGradient: Rule = (inputs, attributes) => {
  const [gradient] = sized(0, 2)(inputs, attributes) as [InferredResult];
  const [kernel, given] = [shapeOf(inputs[1]!), shapeOf(inputs[2]!)];
  const channels = given[channelAxis(given.length, attributes)]!;
  const expected = placed(gradient.shape!, kernel.slice(0, -2), channels, attributes);
  if (String(given) === String(expected)) return [gradient];
  throw new Error(`a filter of shape [${kernel}] makes [${expected}] of [${gradient.shape}], and not [${given}]`);
};

/** Operations with a window that goes over a tensor: convolutions, pooling, and their gradients. */
export const WINDOWS: Rules = {
  ...each(['Conv2D', 'Conv3D'], convolved),
  ...each(['Conv2DBackpropInput', 'Conv3DBackpropInputV2', 'DepthwiseConv2dNativeBackpropInput'], inputGradient),
  ...each(['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2', 'DepthwiseConv2dNativeBackpropFilter'], sized(1, 2)),
  DepthwiseConv2dNative: depthwise,
  ...each(['AvgPool', 'AvgPool3D', 'MaxPool', 'MaxPool3D'], pooled),
  ...each(['AvgPoolGrad', 'AvgPool3DGrad'], sized(0, 1)),
  ...each(['MaxPoolGrad', 'MaxPool3DGrad'], like(0)),
  Dilation2D: ([x, filter], attributes) => {
    const [height, width, channels] = shapeOf(filter!);
    return result(x!.dtype, placed(shapeOf(x!), [height!, width!], channels!, attributes));
  },
  Dilation2DBackpropInput: like(0),
  Dilation2DBackpropFilter: like(1),
  LRN: like(0),
  LRNGrad: like(0),
};
