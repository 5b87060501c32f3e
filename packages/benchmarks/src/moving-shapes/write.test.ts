import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeVideos, openVideo } from '@vjepa/video';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VideosEncoder } from '../generated/write-generated.js';
import { movingShapesLabelsAt, movingShapesSample } from './generate.js';
import { type MovingShapesFiles, writeMovingShapes } from './write.js';

const settings: MovingShapesFiles = {
  seed: 11,
  frames: 2,
  size: 16,
  shapes: ['square', 'star'],
  textures: ['dots'],
  directions: ['left', 'right'],
  rotations: ['clockwise'],
  counts: { train: 6, val: 3 },
};

/** Stands for a real encoder: the test is about files, not about h264. */
const encode: VideosEncoder = async (videos) => {
  for (const { frames, rate, output } of videos) await writeFile(output, `${rate} ${frames.data.join()}`);
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moving shapes '));
});
afterEach(() => rm(folder, { recursive: true }));

async function listing(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

describe('writeMovingShapes', () => {
  it('writes videos, an index per split and label, class names and a manifest', async () => {
    const result = await writeMovingShapes(folder, settings, { encode });
    expect(result.classNames).toEqual({
      appearance: ['square', 'star'],
      motion: ['left', 'right'],
      joint: ['square | left', 'square | right', 'star | left', 'star | right'],
      shape: ['square', 'star'],
      direction: ['left', 'right'],
    });
    const lines = (await readFile(result.indexes.train!.motion!, 'utf8')).trimEnd().split('\n');
    expect(lines).toEqual(
      Array.from({ length: 6 }, (_, index) => {
        const { labels } = movingShapesLabelsAt(settings, 'train', index);
        return `train/00000${index}.mp4 ${labels.motion}`;
      }),
    );
    expect(await readFile(join(folder, 'classes.joint.txt'), 'utf8')).toBe(`${result.classNames.joint!.join('\n')}\n`);
    expect((await listing()).filter((name) => name.includes('partial'))).toEqual([]);
    expect(result.indexes.test).toBeUndefined();
  });

  it('makes only what is missing, and grows when more samples are asked for', async () => {
    expect(await writeMovingShapes(folder, settings, { encode })).toMatchObject({ written: 9, kept: 0 });
    const before = await readFile(join(folder, 'train/000002.mp4'));
    await rm(join(folder, 'train/000002.mp4'));
    expect(await writeMovingShapes(folder, settings, { encode })).toMatchObject({ written: 1, kept: 8 });
    expect(await readFile(join(folder, 'train/000002.mp4'))).toEqual(before);
    const more = { ...settings, counts: { train: 8, val: 3 } };
    expect(await writeMovingShapes(folder, more, { encode })).toMatchObject({ written: 2, kept: 9 });
  });

  it('leaves whole videos and no index when the encoder fails, and continues afterwards', async () => {
    const many = { ...settings, counts: { train: 40 } };
    let calls = 0;
    const failing: VideosEncoder = async (videos) => {
      // 16 at once, so that the encoder fails on the third part, having written of it what it could.
      expect(videos.length).toBe([16, 16, 8][calls]);
      await encode(videos);
      if (++calls === 3) throw new Error('disk full');
    };
    await expect(writeMovingShapes(folder, many, { encode: failing })).rejects.toThrow('disk full');
    const left = await listing();
    expect(left.filter((name) => name.endsWith('.mp4'))).toHaveLength(32);
    expect(left.filter((name) => name.endsWith('.csv') || name.includes('partial'))).toEqual([]);
    expect(await writeMovingShapes(folder, many, { encode, concurrency: 3 })).toMatchObject({
      written: 8,
      kept: 32,
    });
  });

  it('makes fewer at once of larger videos', async () => {
    const large = { ...settings, size: 512, frames: 8, counts: { train: 5 } };
    const parts: number[] = [];
    await writeMovingShapes(folder, large, {
      encode: async (videos) => {
        parts.push(videos.length);
        for (const { output } of videos) await writeFile(output, '');
      },
    });
    // 512 x 512 x 3 x 8 bytes are 6 MiB.
    expect(parts).toEqual([3, 2]);
  });

  it('makes h264 files that show the drawn frames', async () => {
    const drawn = { ...settings, frames: 6, size: 64, counts: { test: 1 } };
    await writeMovingShapes(folder, drawn, { encode: encodeVideos });
    const video = await openVideo(join(folder, 'test/000000.mp4'));
    try {
      expect(video.info).toMatchObject({ codec: 'h264', frames: 6, width: 64, height: 64, averageRate: 25 });
      const { data } = await video.decode([0, 5]);
      const { frames } = movingShapesSample(drawn, 'test', 0);
      const wanted = [...frames.data.subarray(0, 64 * 64 * 3), ...frames.data.subarray(5 * 64 * 64 * 3)];
      const difference = wanted.reduce((total, value, at) => total + Math.abs(value - data[at]!), 0) / wanted.length;
      // Half-size colour costs a few steps of 255 at the edges; another frame would be off by far more.
      expect(difference).toBeLessThan(6);
    } finally {
      await video.close();
    }
  });

  it('names a folder that cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const place of [join(file, 'set'), ...(existsSync('/proc/self') ? ['/proc/none/set'] : [])]) {
      await expect(writeMovingShapes(place, settings, { encode })).rejects.toThrow(/: the folder cannot be made: /);
    }
  });

  it('refuses a folder made with other settings', async () => {
    await writeMovingShapes(folder, settings, { encode });
    await expect(writeMovingShapes(folder, { ...settings, seed: 12 }, { encode })).rejects.toThrow(
      'the folder holds a set made with seed 11, asked for 12; choose another folder or delete this one',
    );
  });
});
