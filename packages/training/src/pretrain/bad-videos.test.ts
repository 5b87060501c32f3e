import type { ClipFailure } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { BadVideos } from './bad-videos.js';

const failure = (passing: boolean, position: number, code: ClipFailure['code']): ClipFailure => {
  return { path: '/a.mp4', reason: passing ? 'status 503' : 'no video', replacedBy: '/b.mp4', position, code, passing };
};
const times = (count: number, passing: boolean, code: ClipFailure['code'] = passing ? 'unavailable' : 'not-a-video') =>
  Array.from({ length: count }, (_, position) => failure(passing, position, code));

describe('the share of bad videos', () => {
  it('counts bad videos over the whole run', () => {
    const first = new BadVideos(0.05);
    first.add(200, times(10, false));
    expect(first.excess()).toBeUndefined();
    const resumed = new BadVideos(0.05, { draws: first.draws, replaced: first.replaced, bad: first.bad });
    resumed.add(1, times(1, false));
    expect(String(resumed.excess())).toMatch(/11 of the 201 .*no video.*Mend or remove/);
  });

  it('stops a session in an outage, and lets the next one go on', () => {
    const first = new BadVideos(0.05);
    first.add(100, times(6, true));
    expect(String(first.excess())).toMatch(/6 of the 100 .*could not be reached.*status 503.*existing: 'resume'/);
    const resumed = new BadVideos(0.05, { draws: first.draws, replaced: first.replaced, bad: first.bad });
    expect(resumed).toMatchObject({ replaced: 6, bad: 0 });
    resumed.add(2, []);
    expect(resumed.excess()).toBeUndefined();
  });

  it('counts draws, however many videos failed until one stood in', () => {
    const videos = new BadVideos(0.05);
    videos.add(
      100,
      [0, 1, 2].flatMap((position) => Array.from({ length: 9 }, () => failure(false, position, 'missing'))),
    );
    expect(videos).toMatchObject({ replaced: 3, bad: 3 });
    expect(videos.excess()).toBeUndefined();
  });

  it('leaves out what is only short', () => {
    const videos = new BadVideos(0);
    videos.add(100, times(50, false, 'too-short'));
    expect(videos).toMatchObject({ replaced: 50, bad: 0 });
    expect(videos.excess()).toBeUndefined();
  });
});
