import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { chooseDecoder } from '@vjepa/video';
import { beforeAll, expect, it } from 'vitest';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

/** As `--json` prints it. */
interface PrintedResult extends Record<'clips_per_second' | 'seconds' | 'peak_rss_mb', number> {
  frames: { decoded: number; used: number };
  milliseconds_per_clip: Record<'index' | 'decode' | 'transform' | 'other', number>;
  bad_videos: unknown[];
}

const folder = temporaryFolder('bench-loader');
const index = join(folder, 'index.csv');
const SMALL = ['--frames', '4', '--frame-step', '2', '--crop', '32', '--warmup', '2', '--batch', '4'];

beforeAll(async () => {
  const videos = await writeGoodVideos(folder, 3);
  writeFileSync(join(folder, 'bad.mp4'), 'no video '.repeat(200));
  writeFileSync(index, [...videos, join(folder, 'bad.mp4')].map((path) => `${path} 0\n`).join(''));
});

const native = await chooseDecoder('native').then(
  () => ['native'],
  () => [],
);

it.each(['wasm', ...native])('bench loader --json with %s', async (decoder) => {
  const { code, stdout, stderr } = await runVjepa(
    ...['bench', 'loader', '--index', index, '--clips', '10', '--workers', '2', '--decoder', decoder],
    ...[...SMALL, '--no-cache', '--json'],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = JSON.parse(stdout) as PrintedResult;
  expect(result).toMatchObject({ decoder, clips: 10, workers: 2, flags: { clips: 10, batch: 4, cache: false } });
  expect(result.clips_per_second).toBeCloseTo(10 / result.seconds, 6);
  expect(result.frames.used).toBe(10 * 4);
  // A window of 8 frames anywhere in 24 needs its last frame, and never more than the whole video.
  expect(result.frames.decoded).toBeGreaterThanOrEqual(result.frames.used);
  expect(result.frames.decoded).toBeLessThanOrEqual(10 * 24);
  const { index: indexing, decode, transform, other } = result.milliseconds_per_clip;
  for (const stage of [indexing, decode, transform]) expect(stage).toBeGreaterThan(0);
  // Two threads cannot have worked longer than twice the time that passed.
  expect((indexing + decode + transform + other) * 10).toBeLessThanOrEqual(2000 * result.seconds + 1);
  expect(result.peak_rss_mb).toBeGreaterThan(20);
  expect(result.bad_videos).toEqual([
    {
      path: join(folder, 'bad.mp4'),
      reason: expect.stringContaining('bad.mp4'),
      count: expect.any(Number),
      passing: false,
    },
  ]);
});

it('bench loader for people', async () => {
  const { code, stdout } = await runVjepa(
    'bench',
    'loader',
    '--index',
    index,
    '--clips',
    '3',
    '--decoder',
    'wasm',
    ...SMALL,
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^decoder {2}wasm: decoder "wasm" was asked for$/m);
  expect(stdout).toMatch(/^speed {4}[\d.]+ clips\/s with 2 workers \(3 clips in/m);
  expect(stdout).toMatch(/^frames {3}\d+ \([\d.]+ for one\) decoded, 12 used$/m);
});

it('an index that cannot be read is one error', async () => {
  const { code, stdout, stderr } = await runVjepa('bench', 'loader', '--index', join(folder, 'none.csv'), '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: .*none\.csv: the file does not exist; check the path; name yours with --index/);
});
