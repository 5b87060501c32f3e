import { describe, expect, it } from 'vitest';
import { BadVideos } from './bad-videos.js';

const failure = (passing: boolean) => {
  return { path: '/a.mp4', reason: passing ? 'status 503' : 'no video', replacedBy: '/b.mp4', position: 0, passing };
};
const times = (count: number, passing: boolean) => Array.from({ length: count }, () => failure(passing));

describe('the share of bad videos', () => {
  it('counts bad videos over the whole run', () => {
    const first = new BadVideos(0.05);
    first.add(200, times(10, false));
    expect(first.excess()).toBeUndefined();
    const resumed = new BadVideos(0.05, { draws: first.draws, replaced: first.replaced, bad: first.bad });
    resumed.add(1, times(1, false));
    expect(resumed.excess()).toMatch(/11 of the 201 .*no video.*Mend or remove/);
  });

  it('stops a session in an outage, and lets the next one go on', () => {
    const first = new BadVideos(0.05);
    first.add(100, times(6, true));
    expect(first.excess()).toMatch(/6 of the 100 .*could not be reached.*status 503.*--resume/);
    const resumed = new BadVideos(0.05, { draws: first.draws, replaced: first.replaced, bad: first.bad });
    expect(resumed).toMatchObject({ replaced: 6, bad: 0 });
    resumed.add(2, []);
    expect(resumed.excess()).toBeUndefined();
  });
});
