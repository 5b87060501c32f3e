import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { checkVideos } from './check-videos.js';

const nasa = fixture('videos/nasa_13013.mp4');
const text = fileURLToPath(import.meta.url);

describe('checkVideos', () => {
  it('says of each path, once, what is there or what is wrong', async () => {
    const told: string[] = [];
    const checks = await checkVideos([nasa, text, nasa], { quick: true, onChecked: ({ path }) => told.push(path) });
    expect(checks).toEqual([
      { path: nasa, good: true, frames: 390, width: 480, height: 270, rate: 30_000 / 1001, codec: 'h264' },
      { path: text, good: false, code: 'not-a-video', reason: expect.stringMatching(/./), passing: false },
    ]);
    expect(told.sort()).toEqual([nasa, text].sort());
  });

  it('takes videos with fewer frames than asked for as bad', async () => {
    const [check] = await checkVideos([nasa], { quick: true, minFrames: 100_000 });
    expect(check).toMatchObject({ good: false, code: 'too-short', reason: expect.stringMatching(/at least 100000/) });
  });
});
