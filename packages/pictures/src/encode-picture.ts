import { extname } from 'node:path';
import { encodePng } from './png.js';
import type { RgbPicture } from './rgb-picture.js';

/**
 * The picture in the format that a file's name promises: JPEG (quality 95, colours at full resolution) for `.jpg` and
 * `.jpeg`, else PNG.
 *
 * @throws Error for JPEG where the optional package `sharp` is not installed
 */
export async function encodePicture(path: string, picture: RgbPicture): Promise<Uint8Array> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.jpg' && ending !== '.jpeg') return encodePng(picture);
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new Error(`${path}: sharp, which writes JPEG, is not installed: npm install sharp, or name a .png`, {
      cause,
    });
  });
  const { width, height, data } = picture;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
