import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';

const folder = temporaryFolder('gray');
const decoders = await availableDecoders();

/** Every grey there is, one pixel each, in samples of so many bits. */
function everyGray(bits: number): Uint8Array {
  const values = Array.from({ length: 256 }, (_, i) => i << (bits - 8));
  return bits === 8 ? Uint8Array.from(values) : new Uint8Array(Uint16Array.from(values).buffer);
}

/** Container and codec, layout, bits, and further options. */
const FILES: [string, string, number, ...string[]][] = [
  ['y800.avi', 'gray', 8, '-c:v', 'rawvideo'],
  ['raw.nut', 'gray', 8, '-c:v', 'rawvideo'],
  ['ffv1.mkv', 'gray', 8, '-c:v', 'ffv1'],
  ['tagged-limited.mkv', 'gray', 8, '-c:v', 'ffv1', '-color_range', 'tv'],
  ['tagged-full.mkv', 'gray', 8, '-c:v', 'ffv1', '-color_range', 'pc'],
  ['png.mov', 'gray', 8, '-c:v', 'png'],
  ['huffman.avi', 'gray', 8, '-c:v', 'ffvhuff'],
  ['jpeg2000.mov', 'gray', 8, '-c:v', 'jpeg2000', '-pred', '1'],
  ['ten-bit.nut', 'gray10le', 10, '-c:v', 'ffv1'],
  ['twelve-bit.mkv', 'gray12le', 12, '-c:v', 'ffv1'],
  ['sixteen-bit.mkv', 'gray16le', 16, '-c:v', 'ffv1'],
  ['sixteen-bit-tagged.mkv', 'gray16le', 16, '-c:v', 'ffv1', '-color_range', 'tv'],
];

describe('grey video keeps its values, whatever range its stream names', () => {
  it.for(FILES)('%s (%s)', async ([name, layout, bits, ...args]) => {
    const path = join(folder, name);
    const raw = ['-f', 'rawvideo', '-pix_fmt', layout, '-s', '16x16', '-r', '25', '-i', 'gray.raw'];
    const one = everyGray(bits);
    const inputs = { 'gray.raw': Buffer.concat([one, one, one]) };
    await runFfmpeg(['-v', 'error', ...raw, ...args, name], { inputs, outputs: { [name]: path } });
    for (const decoder of decoders) {
      const video = await openVideo(path, { decoder, indexCache: false });
      expect(video.info).toMatchObject({ frames: 3, pixelFormat: expect.stringMatching(/^gray/) });
      for (const window of [[0], [1, 2]]) {
        const { data } = await video.decode(window);
        const expected = window.flatMap(() => Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3)));
        expect([...data], decoder).toEqual(expected);
      }
    }
  });
});
