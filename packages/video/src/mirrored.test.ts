import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { matrixCases, withDisplayMatrix } from './mirrored-files.fixture.js';
import { openVideo } from './open-video.js';
import { orientRgb, swapsSides } from './orientation.js';
import { runFfmpeg } from './run-ffmpeg.js';

const folder = temporaryFolder('mirrored');
const decoders = await availableDecoders();
const [WIDTH, HEIGHT] = [96, 64];

beforeAll(async () => {
  const source = `testsrc2=size=${WIDTH}x${HEIGHT}:rate=25:duration=1`;
  const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '10', '-bf', '2', '-threads', '1'];
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, ...encoding, '-pix_fmt', 'yuv420p', 'plain.mp4'];
  await runFfmpeg(args, { outputs: { 'plain.mp4': join(folder, 'plain.mp4') } });
  const plain = readFileSync(join(folder, 'plain.mp4'));
  for (const { name, corners } of matrixCases) {
    writeFileSync(join(folder, `${name}.mp4`), withDisplayMatrix(plain, corners));
  }
}, 60_000);

const cases = fixture('cases/mirrored/');

describe('Matroska’s projection, and a movie’s own matrix, count as a track’s does', () => {
  it.for([
    ['left-right.mkv', 'left-right.mp4', 0],
    ['transposed.mkv', 'transposed.mp4', 270],
    ['movie-and-track.mp4', 'transposed.mp4', 270],
  ] as const)('%s as %s', async ([name, other, rotation]) => {
    for (const decoder of decoders) {
      const [video, same] = [await openVideo(cases + name, { decoder }), await openVideo(cases + other, { decoder })];
      expect(video.info).toMatchObject({ mirrored: true, rotation });
      expect(same.info).toMatchObject({ mirrored: true, rotation });
      expect(Buffer.compare((await video.decode([5])).data, (await same.decode([5])).data)).toBe(0);
    }
  });
});

describe('pictures are turned and mirrored as their container asks, whichever the decoder', () => {
  it.for(matrixCases)('$name', async ({ name, orientation }) => {
    const cache = join(folder, `cache-${name}`);
    for (const [i, decoder] of [...decoders, ...decoders].entries()) {
      const open = (rotate: boolean) => {
        return openVideo(join(folder, `${name}.mp4`), { decoder, rotate, indexCache: i > 0 && cache });
      };
      const [upright, stored] = [await open(true), await open(false)];
      const [width, height] = swapsSides(orientation) ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
      expect(upright.info, decoder).toMatchObject({ ...orientation, width, height });
      expect(stored.info).toMatchObject({ ...orientation, width: WIDTH, height: HEIGHT });
      for (const index of [0, 17]) {
        const { data } = await stored.decode([index]);
        const expected = new Uint8Array(data.length);
        orientRgb(data, HEIGHT, WIDTH, orientation, expected, 0);
        expect(Buffer.compare((await upright.decode([index])).data, expected)).toBe(0);
      }
    }
  });
});
