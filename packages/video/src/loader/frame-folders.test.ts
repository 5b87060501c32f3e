import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sourceVersion } from '../sources/source-version.js';
import { type ClipLoaderOptions, createClipLoader } from './clip-loader.js';

const root = temporaryFolder('frame-folders');

/** Writes a folder of grey frames, frame `i` of brightness 10 (i + 1). */
async function writeFrames(name: string, count: number, nameOf: (i: number) => string, sizeOf = (_: number) => 40) {
  const path = join(root, name);
  mkdirSync(path);
  for (let i = 0; i < count; i++) {
    const size = { width: sizeOf(i), height: 32 };
    const grey = { create: { ...size, channels: 3 as const, background: { r: 0, g: 0, b: 10 * (i + 1) } } };
    await sharp(grey)
      .png()
      .toFile(join(path, nameOf(i)));
  }
  writeFileSync(join(path, 'notes.txt'), '');
  return path;
}

async function clipOf(path: string, more: Partial<ClipLoaderOptions> = {}) {
  const loader = createClipLoader({
    videos: [{ path, label: 3 }],
    clip: { framesPerClip: 4, frameStep: 2, clips: 2, placement: 'center', allowOverlap: true },
    transform: { kind: 'evaluation', size: 16, views: 2 },
    workers: 1,
    decoder: 'wasm',
    onBadVideo: 'report',
    ...more,
  });
  try {
    for await (const batch of loader.batches([[{ index: 0, epoch: 0, draw: 0 }]])) {
      return { ...batch, clips: batch.clips.slice() };
    }
    throw new Error('there is one batch');
  } finally {
    await loader.close();
  }
}

describe('a folder of frames', () => {
  it('is a video: frames in the order of the numbers in their names, with zeros in front or without', async () => {
    const padded = await clipOf(await writeFrames('padded', 20, (i) => `${String(i + 1).padStart(5, '0')}.png`));
    expect(padded.shape).toEqual([1, 2, 2, 4, 16, 16, 3]);
    const frames = [...padded.frameIndices[0]!];
    expect(new Set(frames).size).toBe(8);
    const blues = Array.from({ length: 16 }, (_, frame) => padded.clips[frame * 16 * 16 * 3 + 2]);
    const [first, second] = [frames.slice(0, 4), frames.slice(4)];
    expect(blues).toEqual([...first, ...first, ...second, ...second].map((index) => 10 * (index + 1)));
    const bare = await clipOf(await writeFrames('bare', 20, (i) => `frame${i + 1}.png`));
    expect(bare.clips).toEqual(padded.clips);
    expect(await sourceVersion(join(root, 'bare'))).not.toBe(await sourceVersion(join(root, 'padded')));
  });

  it('fails as a video does: without pictures, or with pictures of several sizes', async () => {
    mkdirSync(join(root, 'none'));
    const none = await clipOf(join(root, 'none'));
    expect(none.failures[0]).toMatchObject({
      code: 'not-a-video',
      passing: false,
      reason: expect.stringMatching(
        /none: it is a folder without pictures; expected a video, or a folder of its frames/,
      ),
    });
    const sizes = await writeFrames(
      'sizes',
      20,
      (i) => `${i}.png`,
      (i) => 40 + i,
    );
    expect((await clipOf(sizes)).failures[0]!.reason).toMatch(/sizes: frame \d+ is \d+ x 32, others are \d+ x 32/);
  });
});
