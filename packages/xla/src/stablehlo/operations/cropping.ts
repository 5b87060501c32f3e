import { DataType } from '@vjepa/trace';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import { resultType, type Translation, type Translations } from '../translation.js';

/** Places of crops along an axis of images: where each lies [boxes, places], and whether within the image. */
interface Places {
  at: Tensor;
  within: Tensor;
}

/** Evenly from one edge of a box to the other, or its middle where there is one place; edges are parts of the image. */
function placesAlong(low: Tensor, high: Tensor, { size, places }: { size: number; places: number }, hlo: HloWriter) {
  const last = size - 1;
  const shape = [low.shape[0]!, places];
  const wide = (x: Tensor) => hlo.broadcast(x, shape, [0]);
  const at =
    places === 1
      ? wide(hlo.scale(hlo.add(low, high), last / 2))
      : hlo.add(
          wide(hlo.scale(low, last)),
          hlo.multiply(hlo.iota(1, { ...low, shape }), wide(hlo.scale(hlo.subtract(high, low), last / (places - 1)))),
        );
  const within = hlo.binary('and', hlo.compare('GE', at, hlo.full(0, at)), hlo.compare('LE', at, hlo.full(last, at)));
  return { at, within };
}

/** Elements [boxes, rows, columns, C] of each box's image, at rows and columns of floats that are whole. */
function take(images: Tensor, samples: Tensor, [rows, columns]: readonly [Tensor, Tensor], hlo: HloWriter): Tensor {
  const channels = images.shape[3]!;
  const shape = [rows.shape[0]!, rows.shape[1]!, columns.shape[1]!];
  const index = (x: Tensor, axes: readonly number[]) =>
    hlo.reshape(hlo.broadcast(hlo.convert(x, DataType.INT32), shape, axes), [...shape, 1]);
  const indices = hlo.concatenate([index(samples, [0]), index(rows, [0, 1]), index(columns, [0, 2])], 3);
  const at = { offset: [3], collapsed: [0, 1, 2], indexMap: [0, 1, 2], indexVector: 3 };
  return hlo.gather(images, indices, at, [1, 1, 1, channels], [...shape, channels]);
}

/** Between the four elements around each place. */
function interpolated(images: Tensor, samples: Tensor, [rows, columns]: readonly [Places, Places], hlo: HloWriter) {
  const [top, bottom] = [hlo.unary('floor', rows.at), hlo.unary('ceil', rows.at)];
  const [left, right] = [hlo.unary('floor', columns.at), hlo.unary('ceil', columns.at)];
  const between = (a: Tensor, b: Tensor, part: Tensor, axes: readonly number[]) =>
    hlo.add(a, hlo.multiply(hlo.subtract(b, a), hlo.broadcast(part, a.shape, axes)));
  const [right0, down] = [hlo.subtract(columns.at, left), hlo.subtract(rows.at, top)];
  const row = (at: Tensor) =>
    between(take(images, samples, [at, left], hlo), take(images, samples, [at, right], hlo), right0, [0, 2]);
  return between(row(top), row(bottom), down, [0, 1]);
}

const cropped: Translation = ([image, boxes, samples], node, { hlo }) => {
  const { shape } = resultType(node);
  const [height, width] = shape.slice(1, 3) as [number, number];
  const edge = (i: number) => hlo.reshape(hlo.slice(boxes!, [0, i], [shape[0]!, i + 1]), [shape[0]!]);
  const images = hlo.convert(image!, DataType.FLOAT);
  const places = [
    placesAlong(edge(0), edge(2), { size: image!.shape[1]!, places: height }, hlo),
    placesAlong(edge(1), edge(3), { size: image!.shape[2]!, places: width }, hlo),
  ] as const;
  const rounded = places.map(({ at }) => hlo.unary('round_nearest_afz', at)) as [Tensor, Tensor];
  const elements =
    node.attributes.method!.value === 'nearest'
      ? take(images, samples!, rounded, hlo)
      : interpolated(images, samples!, places, hlo);
  const [rows, columns] = places.map(({ within }, i) => hlo.broadcast(within, shape, [0, 1 + i])) as [Tensor, Tensor];
  const beyond = hlo.full(node.attributes.extrapolation_value!.value as number, elements);
  return hlo.select(hlo.binary('and', rows, columns), elements, beyond);
};

/** Boxes of images, in a size of their own. */
export const CROPPING: Translations = { CropAndResize: cropped };
