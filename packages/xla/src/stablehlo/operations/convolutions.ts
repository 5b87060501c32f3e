import { channelAxis, type Node, spatialAxes, type WindowAxis, windowAxes } from '@vjepa/trace';
import type { ConvolutionAxes } from '../hlo-writer.js';
import { numbersOf, resultType, type Translation, type Translations } from '../translation.js';

type Labels = readonly (string | number)[];

/** Axes of a filter: of its window, then channels. */
const filterLabels = (rank: number, ...channels: readonly string[]): Labels => [
  ...Array.from({ length: rank }, (_, i) => i),
  ...channels,
];

/** Axes of images, as the operation's data format says. */
function imageLabels({ attributes }: Node, rank: number, batch = 'b', channels = 'f'): Labels {
  const spatial = spatialAxes(rank, attributes);
  const labels: (string | number)[] = Array.from({ length: rank }, (_, axis) => spatial.indexOf(axis));
  return labels.with(0, batch).with(channelAxis(rank, attributes), channels);
}

/** How a filter of these sizes goes over images of the shape. */
function windowOf({ attributes }: Node, image: readonly number[], filter: readonly number[]): WindowAxis[] {
  return windowAxes(image, filter.slice(0, image.length - 2), attributes);
}

const forward = ({ stride, dilation, before, after }: WindowAxis) => ({
  stride,
  dilation,
  padding: [before, after] as const,
});

const extentOf = ({ size, dilation }: WindowAxis) => (size - 1) * dilation + 1;

/** What a result's gradient is spread out to and padded with, for the turned filter to make the input's of it. */
function toInput(axis: WindowAxis) {
  const before = extentOf(axis) - 1 - axis.before;
  const spread = (axis.places - 1) * axis.stride + 1;
  const padding = [before, axis.input + extentOf(axis) - 1 - spread - before] as const;
  return { baseDilation: axis.stride, dilation: axis.dilation, padding };
}

/** How a result's gradient goes over the input, to make the filter's gradient. */
function toFilter(axis: WindowAxis) {
  const covered = (axis.places - 1) * axis.stride + extentOf(axis);
  const padding = [axis.before, covered - axis.input - axis.before] as const;
  return { stride: axis.dilation, dilation: axis.stride, padding };
}

const convolution: Translation = ([x, filter], node, { hlo, precise }) => {
  const rank = x!.shape.length;
  const axes = {
    input: imageLabels(node, rank),
    filter: filterLabels(rank - 2, 'i', 'o'),
    output: imageLabels(node, rank),
  };
  return hlo.convolution([x!, filter!], axes, windowOf(node, x!.shape, filter!.shape).map(forward), { precise });
};

const inputGradient: Translation = ([, filter, dy], node, { hlo, precise }) => {
  const { shape } = resultType(node);
  const rank = shape.length;
  const window = windowOf(node, shape, filter!.shape);
  const turned = hlo.reverse(filter!, filterLabels(rank - 2) as readonly number[]);
  const axes = {
    input: imageLabels(node, rank),
    filter: filterLabels(rank - 2, 'o', 'i'),
    output: imageLabels(node, rank),
  };
  return hlo.convolution([dy!, turned], axes, window.map(toInput), { precise });
};

/** Channels are what is convolved sample by sample, samples what is summed over. */
const filterGradient: Translation = ([x, , dy], node, { hlo, precise }) => {
  const rank = x!.shape.length;
  const window = windowOf(node, x!.shape, numbersOf(node, 1, "a filter's shape"));
  const axes = {
    input: imageLabels(node, rank, 'f', 'b'),
    filter: imageLabels(node, rank, 'i', 'o'),
    output: filterLabels(rank - 2, 'b', 'f'),
  };
  return hlo.convolution([x!, dy!], axes, window.map(toFilter), { precise });
};

/** Of images and of filters that each take one of their channels. */
const DEPTHWISE: ConvolutionAxes = {
  input: ['b', 0, 1, 'f'],
  filter: [0, 1, 'i', 'o'],
  output: ['b', 0, 1, 'f'],
};

const depthwise: Translation = ([x, filter], node, { hlo, precise }) => {
  const [height, width, channels, multiplier] = filter!.shape;
  const apart = hlo.reshape(filter!, [height!, width!, 1, channels! * multiplier!]);
  const window = windowOf(node, x!.shape, filter!.shape).map(forward);
  return hlo.convolution([x!, apart], DEPTHWISE, window, { groups: { features: channels! }, precise });
};

const depthwiseInputGradient: Translation = ([, filter, dy], node, { hlo, precise }) => {
  const { shape } = resultType(node);
  const window = windowOf(node, shape, filter!.shape).map(toInput);
  const axes = { ...DEPTHWISE, filter: [0, 1, 'o', 'i'] };
  const groups = { features: filter!.shape[2]! };
  return hlo.convolution([dy!, hlo.reverse(filter!, [0, 1])], axes, window, { groups, precise });
};

const depthwiseFilterGradient: Translation = ([x, , dy], node, { hlo, precise }) => {
  const { shape } = resultType(node);
  const window = windowOf(node, x!.shape, shape).map(toFilter);
  const axes = { input: ['f', 0, 1, 'b'], filter: ['i', 0, 1, 'o'], output: ['b', 0, 1, 'f'] };
  const groups = { batch: shape[2]! };
  return hlo.reshape(hlo.convolution([x!, dy!], axes, window, { groups, precise }), shape);
};

/** Convolutions and their gradients. */
export const CONVOLUTIONS: Translations = {
  Conv2D: convolution,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  Conv3D: convolution,
  Conv3DBackpropInputV2: inputGradient,
  Conv3DBackpropFilterV2: filterGradient,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGradient,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
};
