import { runFfmpeg } from '@vjepa/video';
import type { RgbPicture } from './rgb-picture.js';

/**
 * Writes pictures of one size as an endless GIF with a palette of its own.
 *
 * @param rate pictures per second
 */
export async function writeGif(path: string, pictures: readonly RgbPicture[], rate: number): Promise<void> {
  const { width, height } = pictures[0]!;
  const frames = new Uint8Array(pictures.length * width * height * 3);
  for (const [i, picture] of pictures.entries()) frames.set(picture.data, i * width * height * 3);
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(rate)];
  const palette = 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=sierra2_4a';
  await runFfmpeg(['-v', 'error', ...input, '-i', 'frames.rgb', '-filter_complex', palette, '-loop', '0', 'out.gif'], {
    inputs: { 'frames.rgb': frames },
    outputs: { 'out.gif': path },
  });
}
