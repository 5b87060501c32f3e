import { DataType } from '../data-type.js';
import { count, integer, type Rule, type Rules, requireElements, result, shapeOf } from './rule.js';
import { channelAxis } from './window-axes.js';

/** Images of another size, [B, height, width, C]. */
const resized =
  (dtype?: number): Rule =>
  ([images, size]) => {
    const [batch, , , channels] = shapeOf(images!);
    const [height, width] = requireElements(size!, 'the size of images');
    return result(dtype ?? images!.dtype, [batch!, height!, width!, channels!]);
  };

/** Operations on images, and those that move elements between places and samples or channels. */
export const IMAGES: Rules = {
  ResizeBilinear: resized(DataType.FLOAT),
  ResizeBilinearGrad: ([, images]) => result(images!.dtype, shapeOf(images!)),
  ResizeNearestNeighbor: resized(),
  ResizeNearestNeighborGrad: resized(),
  CropAndResize: ([image, boxes, , size]) => {
    const [height, width] = requireElements(size!, 'the size of crops');
    return result(DataType.FLOAT, [shapeOf(boxes!)[0]!, height!, width!, shapeOf(image!)[3]!]);
  },
  // The result, and mean and variance twice.
  FusedBatchNorm: ([x, , , mean, variance]) =>
    [x!, mean!, variance!, mean!, variance!].map((value) => ({ dtype: value.dtype, shape: shapeOf(value) })),
  SpaceToBatchND: ([x, block, paddings]) => {
    const shape = shapeOf(x!);
    const sizes = requireElements(block!, 'the sizes of blocks');
    const room = requireElements(paddings!, 'paddings');
    const blocks = sizes.map((size, i) => (shape[i + 1]! + room[2 * i]! + room[2 * i + 1]!) / size);
    if (!blocks.every(Number.isInteger)) throw new Error(`blocks of [${sizes}] do not fill [${shape}]`);
    return result(x!.dtype, [shape[0]! * count(sizes), ...blocks, ...shape.slice(1 + sizes.length)]);
  },
  BatchToSpaceND: ([x, block, crops]) => {
    const shape = shapeOf(x!);
    const sizes = requireElements(block!, 'the sizes of blocks');
    const cut = requireElements(crops!, 'crops');
    const batch = shape[0]! / count(sizes);
    if (!Number.isInteger(batch)) throw new Error(`${shape[0]} samples are not whole blocks of [${sizes}]`);
    const spatial = sizes.map((size, i) => shape[i + 1]! * size - cut[2 * i]! - cut[2 * i + 1]!);
    return result(x!.dtype, [batch, ...spatial, ...shape.slice(1 + sizes.length)]);
  },
  DepthToSpace: ([x], attributes) => {
    const shape = shapeOf(x!);
    const block = integer(attributes, 'block_size');
    const channels = channelAxis(shape.length, attributes);
    const depth = shape[channels]! / block ** 2;
    if (!Number.isInteger(depth)) throw new Error(`${shape[channels]} channels are not blocks of ${block} by ${block}`);
    return result(
      x!.dtype,
      shape.map((size, axis) => (axis === 0 ? size : axis === channels ? depth : size * block)),
    );
  },
};
