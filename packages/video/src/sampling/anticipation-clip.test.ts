import { describe, expect, it } from 'vitest';
import { type AnticipationDraw, anticipationIndices, drawAnticipation } from './anticipation-clip.js';
import { sampleRandom } from './random-streams.js';

const clip = { framesPerClip: 32, clipRate: 8 };
const video = { frames: 10_000, averageRate: 60 };
const action = { start: 1000, stop: 1300 };
const atEnd: AnticipationDraw = { seconds: 1, point: 0 };

/** First and last frame, and the step between. */
function shown(indices: Int32Array): [first: number, last: number, step: number] {
  return [indices[0]!, indices.at(-1)!, indices[1]! - indices[0]!];
}

describe('anticipationIndices', () => {
  it('ends a second before the end of the action, as the published code has it', () => {
    // numpy.arange(1300 - 60 - 32 * 7, 1300 - 60, 7): 1016 .. 1233.
    const indices = anticipationIndices(clip, video, action, atEnd);
    expect(indices.length).toBe(32);
    expect(shown(indices)).toEqual([1016, 1233, 7]);
  });

  it('ends a second before its start where that is the anchor, as the paper has it', () => {
    expect(shown(anticipationIndices(clip, video, action, atEnd, 'start'))).toEqual([716, 933, 7]);
  });

  it('moves the anchor towards the other end of the action', () => {
    // int(1000 * .25 + .75 * 1300 - 30) = 1195, and int(1300 * .25 + .75 * 1000 - 30) = 1045.
    const draw = { seconds: 0.5, point: 0.25 };
    expect(anticipationIndices(clip, video, action, draw).at(-1)).toBe(1195 - 7);
    expect(anticipationIndices(clip, video, action, draw, 'start').at(-1)).toBe(1045 - 7);
    const whole = { seconds: 0.5, point: 1 };
    expect(anticipationIndices(clip, video, action, whole)).toEqual(
      anticipationIndices(clip, video, action, { ...whole, point: 0 }, 'start'),
    );
  });

  it.each([
    [60, 7],
    [59.94, 7],
    [50, 6],
    [25, 3],
    [23.976, 2],
    [8, 1],
  ])('of %d frames a second takes every %dth', (averageRate, step) => {
    expect(shown(anticipationIndices(clip, { frames: 10_000, averageRate }, action, atEnd))[2]).toBe(step);
  });

  it('cuts seconds down to frames before they are taken off: 59 of a second at 59.94', () => {
    const indices = anticipationIndices(clip, { frames: 10_000, averageRate: 59.94 }, action, atEnd);
    expect(indices.at(-1)).toBe(1300 - 59 - 7);
  });

  it('repeats the first frame before the video has begun, and the last beyond its end', () => {
    const early = anticipationIndices(clip, video, { start: 10, stop: 100 }, atEnd);
    expect([...early.slice(-7)]).toEqual([0, 0, 5, 12, 19, 26, 33]);
    expect([...early.slice(0, 26)].every((index) => index === 0)).toBe(true);
    const late = anticipationIndices(clip, { frames: 1240, averageRate: 60 }, { start: 1300, stop: 1320 }, atEnd);
    expect([...late.slice(-4)]).toEqual([1232, 1239, 1239, 1239]);
  });

  it('refuses a video that is slower than the clip, and one whose rate is not known', () => {
    expect(() => anticipationIndices(clip, { frames: 9, averageRate: 5 }, action, atEnd)).toThrow(
      'the video has 5 frames a second, fewer than the 8 that a clip shows',
    );
    expect(() => anticipationIndices(clip, { frames: 9, averageRate: Number.NaN }, action, atEnd)).toThrow(
      'NaN frames',
    );
  });
});

describe('drawAnticipation', () => {
  const settings = { seconds: [0.25, 1.75], point: [0, 0.25] } as const;

  it('is a function of seed, epoch and draw alone', () => {
    const draw = () => drawAnticipation(settings, sampleRandom(3, 4, 5));
    expect(draw()).toEqual(draw());
    expect(draw()).not.toEqual(drawAnticipation(settings, sampleRandom(3, 4, 6)));
  });

  it('spreads evenly between the ends', () => {
    const draws = Array.from({ length: 2000 }, (_, draw) => drawAnticipation(settings, sampleRandom(0, 0, draw)));
    const mean = (of: (draw: AnticipationDraw) => number) => draws.reduce((sum, draw) => sum + of(draw), 0) / 2000;
    expect(mean(({ seconds }) => seconds)).toBeCloseTo(1, 1);
    expect(mean(({ point }) => point)).toBeCloseTo(0.125, 2);
    expect(draws.every(({ seconds, point }) => seconds >= 0.25 && seconds < 1.75 && point >= 0 && point < 0.25)).toBe(
      true,
    );
  });

  it('is a second before the anchor unless something else is asked for', () => {
    expect(drawAnticipation({}, sampleRandom(0, 0, 0))).toEqual({ seconds: 1, point: 0 });
  });
});
