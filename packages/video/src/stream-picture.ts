import type { ColorMatrix, ColorRange } from './color-tables.js';
import type { VideoStream } from './packet-index.js';
import { pictureAtSize } from './picture-size.js';
import { RGB24 } from './pixel-format.js';
import { type DecodedPicture, pictureToRgb } from './yuv-to-rgb.js';

/** What a picture says of its own colours; undefined: what its stream says. */
export interface PictureColor {
  matrix?: ColorMatrix | undefined;
  range?: ColorRange | undefined;
}

/**
 * A picture as those who know its stream expect it: of the stream's size, and in planes only where they have the
 * stream's matrix and range, else (a recording joined of two) in RGB.
 */
export function streamPicture(picture: DecodedPicture, color: PictureColor, stream: VideoStream): DecodedPicture {
  const { matrix = stream.matrix, range = stream.range } = color;
  const isOfStream = picture.format.kind !== 'yuv' || (matrix === stream.matrix && range === stream.range);
  return pictureAtSize(isOfStream ? picture : inRgb(picture, matrix, range), stream.width, stream.height);
}

function inRgb(picture: DecodedPicture, matrix: ColorMatrix, range: ColorRange): DecodedPicture {
  const { width, height } = picture;
  const data = new Uint8Array(width * height * 3);
  pictureToRgb(picture, matrix, range, { top: 0, left: 0, width, height }, data, 0);
  return { ...picture, planes: [data], strides: [width * 3], format: RGB24 };
}
