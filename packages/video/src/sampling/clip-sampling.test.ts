import { mersenneTwister, numpyRandom } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { type ClipSettings, clipFrameStep, sampleClipIndices } from './clip-sampling.js';

const base: ClipSettings = { framesPerClip: 16, frameStep: 4, placement: 'start' };
const sample = (settings: Partial<ClipSettings>, frames: number, seed = 0) =>
  sampleClipIndices({ ...base, ...settings }, frames, mersenneTwister(seed)).map((clip) => [...clip]);
const repeat = (value: number, count: number) => Array.from({ length: count }, () => value);

const LONG_CLIP = [0, 4, 8, 12, 17, 21, 25, 29, 34, 38, 42, 46, 51, 55, 59, 63];
const OVERLAP_CLIP = [0, 4, 9, 13, 18, 22, 27, 31, 36, 40, 45, 49, 54, 58, 62, 62];
const shiftedBy = (clip: number[], offset: number) => clip.map((index) => index + offset);

describe('the reference’s indices', () => {
  it.each([300, 64, 65])('one clip at the start of %i frames', (frames) => {
    expect(sample({}, frames)).toEqual([LONG_CLIP]);
  });

  it('a random clip of 300 frames with NumPy’s seed 0', () => {
    expect(sample({ placement: 'random' }, 300)).toEqual([
      [172, 176, 180, 184, 189, 193, 197, 201, 206, 210, 214, 218, 223, 227, 231, 235],
    ]);
  });

  it('too short for a clip, no overlap: the last frame repeats', () => {
    expect(sample({}, 30)).toEqual([[0, 5, 10, 15, 20, 25, ...repeat(29, 10)]]);
    expect(sample({}, 3)).toEqual([repeat(2, 16)]);
  });

  it('too short for a clip, overlap allowed', () => {
    expect(sample({ allowOverlap: true }, 64)).toEqual([OVERLAP_CLIP]);
    expect(sample({ allowOverlap: true }, 30)).toEqual([[0, 4, 9, 14, 19, 24, ...repeat(28, 10)]]);
  });

  it('eight overlapping clips of 300 frames', () => {
    const expected = Array.from({ length: 8 }, (_, i) => shiftedBy(OVERLAP_CLIP, 33 * i));
    expect(sample({ allowOverlap: true, clips: 8 }, 300)).toEqual(expected);
  });

  it('two clips of 40 frames lie over each other', () => {
    const clip = [0, 4, 9, 14, 19, 24, 29, 34, ...repeat(38, 8)];
    expect(sample({ allowOverlap: true, clips: 2 }, 40)).toEqual([clip, clip]);
  });

  it('eight clips of 600 frames, each at the start of its part', () => {
    const expected = Array.from({ length: 8 }, (_, i) => shiftedBy(LONG_CLIP, 75 * i));
    expect(sample({ allowOverlap: true, clips: 8 }, 600)).toEqual(expected);
  });

  it('a duration sets the step: 4 s at 25 frames per second', () => {
    const settings = { ...base, duration: 4 };
    const [clip] = sampleClipIndices(settings, { frames: 300, averageRate: 25 }, mersenneTwister(0));
    expect([...clip!]).toEqual([0, 6, 12, 19, 25, 32, 38, 44, 51, 57, 64, 70, 76, 83, 89, 95]);
  });
});

it('a centred clip leaves as much before as behind', () => {
  expect(sample({ placement: 'center' }, 300)).toEqual([shiftedBy(LONG_CLIP, 118)]);
  expect(sample({ placement: 'center' }, 301)).toEqual([shiftedBy(LONG_CLIP, 118)]);
});

it('every index is a frame of the video and never decreases, whatever the settings', () => {
  const random = numpyRandom(1);
  for (let trial = 0; trial < 2000; trial++) {
    const frames = random.integer(1, 120);
    const settings: ClipSettings = {
      framesPerClip: random.integer(1, 20),
      frameStep: random.integer(1, 6),
      clips: random.integer(1, 10),
      allowOverlap: random.integer(0, 2) === 1,
      placement: (['random', 'start', 'center'] as const)[random.integer(0, 3)]!,
    };
    const clips = sampleClipIndices(settings, frames, random);
    expect(clips.length).toBe(settings.clips);
    for (const clip of clips) {
      expect(clip.length).toBe(settings.framesPerClip);
      expect(clip.every((index, i) => index >= 0 && index < frames && index >= (clip[i - 1] ?? 0))).toBe(true);
    }
  }
});

describe('what crashes the reference', () => {
  it('one frame with overlap gives that frame, not index -1', () => {
    expect(sample({ allowOverlap: true }, 1)).toEqual([repeat(0, 16)]);
  });

  it('more clips than frames spread over the frames', () => {
    expect(sample({ clips: 4, framesPerClip: 2 }, 2)).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it('a duration shorter than the clip’s frames gives step 1', () => {
    expect(clipFrameStep({ framesPerClip: 16, duration: 0.2 }, 25)).toBe(1);
  });

  it('an unknown rate falls back to the configured step', () => {
    expect(clipFrameStep({ framesPerClip: 16, frameStep: 3, duration: 4 })).toBe(3);
    expect(clipFrameStep({ framesPerClip: 16, frameStep: 3, duration: 4 }, Number.NaN)).toBe(3);
  });

  it.each([
    ['no-frames', {}, 0],
    ['too-short', { rejectShort: true }, 63],
    ['invalid-setting', { framesPerClip: 0 }, 10],
    ['invalid-setting', { frameStep: 0 }, 10],
    ['invalid-setting', { frameStep: 1.5 }, 10],
    ['invalid-setting', { clips: 0 }, 10],
    ['invalid-setting', { duration: -1 }, 10],
    ['invalid-setting', { clipRate: 0 }, 10],
    ['invalid-setting', { clipRate: 4, duration: 4 }, 10],
  ])('%s: %o with %i frames', (code, settings, frames) => {
    expect(() => sample(settings, frames)).toThrow(expect.objectContaining({ name: 'ClipSamplingError', code }));
  });
});

describe('V-JEPA 2’s frame rates', () => {
  const atFour = { framesPerClip: 16, clipRate: 4 };

  it.each([
    [12.5, 3],
    [15, 3],
    [23.976, 6],
    [25, 6],
    [29.97, 7],
    [30, 7],
    [50, 12],
    [59.94, 15],
    [3.5, 1],
  ])('4 frames a second of %f: every %i. frame', (rate, step) => {
    expect(clipFrameStep(atFour, rate)).toBe(step);
  });

  it('a video slower than the clip has none', () => {
    expect(() => clipFrameStep(atFour, 3)).toThrow(expect.objectContaining({ code: 'too-slow' }));
  });

  it('a duration at the rate rounded up', () => {
    const settings = { framesPerClip: 16, duration: 3.75 };
    expect(clipFrameStep(settings, 29.8)).toBe(6); // 111.75 frames
    expect(clipFrameStep({ ...settings, wholeRate: true }, 29.8)).toBe(7); // 112.5 frames
  });

  it('where the rate is not known, the configured step', () => {
    expect(clipFrameStep({ ...atFour, frameStep: 5 })).toBe(5);
  });
});
