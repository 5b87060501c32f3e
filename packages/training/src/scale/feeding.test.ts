import { describe, expect, it } from 'vitest';
import { clipFeeding, scaledFeeding } from './feeding.js';

const V_JEPA = { frameStep: 4, clipRate: undefined, duration: undefined };

describe('what loaders must do for a clip', () => {
  // docs/benchmarks.md: one worker, clips of 16 frames out of 64.
  it.each([
    ['340x256', 11.7],
    ['1080p', 1.84],
  ] as const)('of %s is what was measured: %f clips a second and core', (video, clipsPerSecond) => {
    expect(1 / clipFeeding(16, V_JEPA, video).coreSeconds).toBeCloseTo(clipsPerSecond, 10);
  });

  it('grows with the time that a clip spans, not with its frames', () => {
    // 64 frames at 4 a second are 16 s, 480 frames of the video, and 75 before them from the key frame on.
    const long = clipFeeding(64, { ...V_JEPA, clipRate: 4 }, '340x256');
    expect(long.coreSeconds * 11.7).toBeCloseTo((480 + 75) / (64 + 75), 10);
    expect(long.readBytes).toBeCloseTo(((480 + 75) / 30) * (0.5e6 / 8), 6);
    expect(clipFeeding(64, { ...V_JEPA, duration: 16 }, '340x256')).toEqual(long);
    expect(clipFeeding(128, { ...V_JEPA, clipRate: 8 }, '340x256')).toEqual(long);
  });

  it('of a step is shared by hosts; images only count', () => {
    const kinds = [
      { batchSize: 100, frames: 16, spacing: V_JEPA },
      { batchSize: 50, frames: 1, spacing: V_JEPA },
    ];
    const found = scaledFeeding(kinds, { stepSeconds: 0.5, hosts: 4, video: '340x256' });
    expect(found).toMatchObject({ clipsPerSecond: 300, clipsPerSecondPerHost: 75 });
    expect(found.coresPerHost).toBeCloseTo(200 / 11.7 / 4, 10);
    expect(found.readBytesPerSecond).toBeCloseTo(4 * found.readBytesPerSecondPerHost, 6);
  });
});
