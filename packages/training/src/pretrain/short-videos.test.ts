import type { ShortVideo } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { ShortVideos } from './short-videos.js';

describe('ShortVideos', () => {
  it('names what makes a clip span fewer frames, of clips by step and of clips by rate', () => {
    const short = new ShortVideos(0.5, 10);
    short.add(10, Array<ShortVideo>(6).fill({ position: 0, path: 'a.mp4', frames: 16, needed: 48 }));
    expect(String(short.excess())).toMatch(
      /6 of the 10 clips .* a clip spans 48\. Lower `clips\.frameStep` \(of clips by rate, raise `clips\.clipRate`\) or lower `encoder\.numFrames`/,
    );
  });
});
