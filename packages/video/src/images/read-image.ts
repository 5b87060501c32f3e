import { readFile } from 'node:fs/promises';
import type { OutputInfo, SharpConstructor } from 'sharp';
import type { RgbFrames } from '../rgb-frames.js';
import { VideoError } from '../video-error.js';
import { isBmp, readBmp } from './bmp.js';
import { cmykToRgb } from './cmyk.js';
import { isGif, readGif } from './gif.js';
import { isPnm, readPnm } from './pnm.js';

/**
 * Reads a picture (JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PBM, PGM, PPM) as one RGB frame, the way Pillow's
 * `convert('RGB')` sees it: transparency dropped, grey repeated, inks turned into light, colour profiles and orientation
 * tags not applied, and of 16-bit grey all that is above 255 cut off.
 *
 * @returns [1, H, W, 3], 0..255
 * @throws VideoError naming the file and the decoder's reason; `decoder-unavailable` where sharp, which reads all but
 *   GIF, BMP and Netpbm pictures, is not installed
 */
export async function readImage(path: string): Promise<RgbFrames> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new VideoError('missing', path, 'No such file or directory');
    }
    throw VideoError.from(error, path, 'unreadable');
  });
  return decodeImage(bytes, path);
}

/** The same of a picture's bytes; `path` is for errors. */
export async function decodeImage(bytes: Buffer, path: string): Promise<RgbFrames> {
  if (bytes.length === 0) throw new VideoError('empty', path, 'the file has 0 bytes');
  try {
    if (isBmp(bytes)) return readBmp(bytes);
    if (isPnm(bytes)) return readPnm(bytes);
    if (isGif(bytes)) return readGif(bytes);
    if (isPixels(bytes)) return await readWithSharp(bytes);
    throw new Error('it is none of JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PBM, PGM and PPM');
  } catch (error) {
    if (error instanceof VideoError) throw error;
    const reason = error instanceof Error ? error.message.trim().replace(/\s*\n\s*/g, '; ') : String(error);
    throw new VideoError('decode-failed', path, reason);
  }
}

/**
 * Whether a file begins as the pictures that sharp reads pixels of. Drawings in words (SVG), which may name other files,
 * are not among them.
 */
function isPixels(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 12);
  return /^(\xff\xd8\xff|\x89PNG\r\n|RIFF.{4}WEBP|II[*+]\0|MM\0[*+]|.{4}ftyp)/s.test(start);
}

async function readWithSharp(bytes: Buffer): Promise<RgbFrames> {
  const sharp = await loadSharp();
  const picture = sharp(bytes, { ignoreIcc: true, failOn: 'error' });
  const { space, depth, channels: stored } = await picture.metadata();
  const rgbOf = (data: Uint8Array, { width, height, channels }: OutputInfo): RgbFrames => {
    return { data: threeChannels(data, channels), frames: 1, height, width };
  };
  if (space === 'cmyk') {
    const raw = picture.pipelineColourspace('cmyk').toColourspace('cmyk').raw();
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    const rgb = cmykToRgb(firstChannels(data, info.channels, 4));
    return { data: rgb, frames: 1, height: info.height, width: info.width };
  }
  if (depth === 'ushort' && stored === 1) {
    const raw = picture.pipelineColourspace('grey16').toColourspace('grey16').raw({ depth: 'ushort' });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    const samples = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return rgbOf(
      Uint8Array.from(samples, (sample) => Math.min(255, sample)),
      info,
    );
  }
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return rgbOf(data, info);
}

async function loadSharp(): Promise<SharpConstructor> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new VideoError('decoder-unavailable', 'sharp', `pictures need sharp, npm install sharp (${reason})`);
  }
}

/** Grey (with or without transparency) to RGB; transparency off. */
function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels > 2) return firstChannels(data, channels, 3);
  const rgb = new Uint8Array((3 * data.length) / channels);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[channels * Math.floor(i / 3)]!;
  return rgb;
}

/** The first `kept` of the channels of every pixel. */
function firstChannels(data: Uint8Array, channels: number, kept: number): Uint8Array {
  if (channels === kept) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const out = new Uint8Array((data.length / channels) * kept);
  for (let i = 0, o = 0; i < data.length; i += channels) for (let c = 0; c < kept; c++) out[o++] = data[i + c]!;
  return out;
}
