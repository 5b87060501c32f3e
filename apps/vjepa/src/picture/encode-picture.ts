import { extname } from 'node:path';
import { encodePng } from './png.js';
import type { RgbPicture } from './rgb-picture.js';

/** Endings of the pictures that are written. */
export const PICTURE_ENDINGS = ['.png', '.jpg', '.jpeg'] as const;

/**
 * The picture in the format that a file's name promises: JPEG (quality 95, colours at full resolution) for `.jpg` and
 * `.jpeg`, else PNG.
 */
export async function encodePicture(path: string, picture: RgbPicture): Promise<Uint8Array> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.jpg' && ending !== '.jpeg') return encodePng(picture);
  const { default: sharp } = await import('sharp');
  const { width, height, data } = picture;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
