import type Sharp from 'sharp';
import type { RgbFrames } from '../rgb-frames.js';
import { VideoError } from '../video-error.js';

/**
 * Reads a picture (JPEG, PNG, WebP, GIF, TIFF, AVIF) as one RGB frame, the way Pillow's `convert('RGB')` sees it:
 * transparency dropped, grey repeated, colour profiles and orientation tags not applied.
 *
 * @returns [1, H, W, 3], 0..255
 * @throws VideoError naming the file and the decoder's reason; `decoder-unavailable` where sharp is not installed
 */
export async function readImage(path: string): Promise<RgbFrames> {
  const sharp = await loadSharp();
  try {
    const { data, info } = await sharp(path, { ignoreIcc: true, failOn: 'error' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: threeChannels(data, info.channels), frames: 1, height: info.height, width: info.width };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().replace(/\s*\n\s*/g, '; ') : String(error);
    throw new VideoError(/missing/i.test(reason) ? 'missing' : 'decode-failed', path, reason);
  }
}

async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new VideoError('decoder-unavailable', 'sharp', `pictures need sharp, npm install sharp (${reason})`);
  }
}

/** Grey (with or without transparency) to RGB; transparency off. */
function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(3 * pixels);
  const step = channels > 2 ? 1 : 0;
  for (let i = 0; i < pixels; i++) for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[channels * i + step * c]!;
  return rgb;
}
