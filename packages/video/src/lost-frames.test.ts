import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';

const folder = temporaryFolder('lost-frames');
const decoders = await availableDecoders();
const FRAMES = 30;
const LOST = 14;
const CONTAINERS = ['mkv', 'avi', 'mov'];

/** Frame `i` is grey: luma 16 + 7 · i of 16..235, brought to the full range. */
const brightness = (i: number) => (7 * i * 255) / 219;

beforeAll(async () => {
  for (const container of CONTAINERS) {
    const name = `whole.${container}`;
    const source = `nullsrc=s=64x48:r=10:d=${FRAMES / 10},format=yuv420p,geq=lum='16+7*N':cb=128:cr=128`;
    const args = [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-c:v',
      'mjpeg',
      '-pix_fmt',
      'yuvj420p',
      '-q:v',
      '2',
      name,
    ];
    await runFfmpeg(args, { outputs: { [name]: join(folder, name) } });
    const bytes = readFileSync(join(folder, name));
    let picture = -1;
    for (let i = 0; i <= LOST; i++) picture = bytes.indexOf('ffd8ff', picture + 1, 'hex');
    bytes.fill(0, picture, picture + 200);
    writeFileSync(join(folder, `damaged.${container}`), bytes);
  }
}, 60_000);

describe.each(decoders)('%s: a frame that does not decode is an error and shifts no other', (decoder) => {
  it.for(CONTAINERS)('in %s, whatever was asked for before', async (container) => {
    const video = await openVideo(join(folder, `damaged.${container}`), { decoder, indexCache: false });
    expect(video.info.frames).toBe(FRAMES);
    const show = async (indices: number[]) => {
      const { data } = await video.decode(indices);
      indices.forEach((index, k) => {
        expect(Math.abs(data[k * 64 * 48 * 3]! - brightness(index)), `frame ${index}`).toBeLessThanOrEqual(2);
      });
    };
    for (const _ of [1, 2]) {
      await show([20]);
      await show([LOST - 1, LOST + 1, FRAMES - 1]);
      await expect(video.decode([3, LOST, 20])).rejects.toMatchObject({
        code: 'decode-failed',
        reason: `frame ${LOST} of ${FRAMES} does not decode`,
      });
    }
    await show([FRAMES - 1]);
  });
});
