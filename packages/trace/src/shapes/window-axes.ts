import type { Attributes } from '../node.js';

/** How a window goes along one axis of a tensor, as in convolutions and pooling. */
export interface WindowAxis {
  /** Of the tensor. */
  axis: number;
  /** The tensor's elements along it. */
  input: number;
  /** The window's elements. */
  size: number;
  /** From one place of the window to the next. */
  stride: number;
  /** From one element of the window to the next. */
  dilation: number;
  /** Elements that are thought before the first and after the last. */
  before: number;
  after: number;
  /** How many places it has. */
  places: number;
}

/**
 * Reads how a window goes over a tensor from an operation's attributes (strides, dilations or rates, padding).
 *
 * @param shape the tensor's
 * @param sizes the window's, along the axes that are neither batch nor channels
 */
export function windowAxes(shape: readonly number[], sizes: readonly number[], attributes: Attributes): WindowAxis[] {
  const given = (name: string) => attributes[name]?.value as readonly number[] | undefined;
  const strides = given('strides');
  const dilations = given('dilations') ?? given('rates');
  const spatial = spatialAxes(shape.length, attributes);
  const skipping = shape.findIndex((_, axis) => !spatial.includes(axis) && (strides?.[axis] ?? 1) !== 1);
  if (skipping >= 0) throw new Error(`a window cannot skip samples or channels: its strides are [${strides}]`);
  return spatial.map((axis, i) => {
    const window = {
      ...{ axis, input: shape[axis]!, size: sizes[i]! },
      ...{ stride: strides?.[axis] ?? 1, dilation: dilations?.[axis] ?? 1 },
    };
    return { ...window, ...placesOf(window, attributes.padding?.value as string, given('explicit_paddings')) };
  });
}

/** The axes that are neither the batch nor channels: all but the first and the last, or as `data_format` says. */
export function spatialAxes(rank: number, attributes: Attributes): number[] {
  const channels = channelAxis(rank, attributes);
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 0 && axis !== channels);
}

/** The axis of channels: the last, or the second where `data_format` is of NCHW's kind. */
export function channelAxis(rank: number, attributes: Attributes): number {
  const format = attributes.data_format?.value as string | undefined;
  return format === undefined ? rank - 1 : format.indexOf('C');
}

function placesOf(
  { axis, input, size, stride, dilation }: Omit<WindowAxis, 'before' | 'after' | 'places'>,
  padding: string,
  explicit: readonly number[] | undefined,
): Pick<WindowAxis, 'before' | 'after' | 'places'> {
  const extent = (size - 1) * dilation + 1;
  if (padding === 'SAME') {
    const places = Math.ceil(input / stride);
    const room = Math.max(0, (places - 1) * stride + extent - input);
    return { before: Math.floor(room / 2), after: room - Math.floor(room / 2), places };
  }
  if (padding !== 'VALID' && explicit === undefined) throw new Error(`padding '${padding}' is not known here`);
  const [before, after] = padding === 'VALID' ? [0, 0] : [explicit![2 * axis]!, explicit![2 * axis + 1]!];
  const places = Math.max(0, Math.floor((input + before + after - extent) / stride) + 1);
  return { before, after, places };
}
