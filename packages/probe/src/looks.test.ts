import { describe, expect, it } from 'vitest';
import { arrangeClips, labelsOfLooks, layoutOf, meanOverLooks, meanOverTokens } from './looks.js';

describe('looks at a sample', () => {
  it('are its views, with the tokens of all segments, where a probe attends across them; else every clip', () => {
    const clips = { segments: 2, views: 3 };
    expect(layoutOf({ ...clips, attendAcrossSegments: true }, 10, 4)).toEqual({ looks: 3, tokens: 20, width: 4 });
    expect(layoutOf({ ...clips, attendAcrossSegments: false }, 10, 4)).toEqual({ looks: 6, tokens: 10, width: 4 });
  });

  it("have a view's segments one after the other", () => {
    // Two samples of 2 segments x 3 views of two values: 100 b + 10 k + v, and its half.
    const value = (b: number, k: number, v: number) => [100 * b + 10 * k + v, (100 * b + 10 * k + v) / 2];
    const every = <T>(order: (b: number) => T[]) => [0, 1].flatMap(order);
    const [segments, views] = [
      [0, 1],
      [0, 1, 2],
    ];
    const loaded = every((b) => segments!.flatMap((k) => views!.flatMap((v) => value(b, k, v))));
    const looks = every((b) => views!.flatMap((v) => segments!.flatMap((k) => value(b, k, v))));
    expect([...arrangeClips(Float32Array.from(loaded), { segments: 2, views: 3 }, 2)]).toEqual(looks);
  });

  it('share the label of their sample, and their answers are averaged', () => {
    expect(labelsOfLooks(Int32Array.of(7, 2), 3)).toEqual(Int32Array.of(7, 7, 7, 2, 2, 2));
    expect(meanOverLooks([0.25, 0.75, 0.75, 0.25, 1, 0, 0, 1], 2, 2)).toEqual(Float64Array.of(0.5, 0.5, 0.5, 0.5));
  });
});

describe('meanOverTokens', () => {
  it('averages each feature of each clip', () => {
    expect(meanOverTokens(Float32Array.of(1, 10, 3, 20, 5, 30, 7, 40), 2, 2)).toEqual(Float32Array.of(2, 15, 6, 35));
  });

  it('loses nothing of many small numbers beside a large one', () => {
    const tokens = 2 ** 12;
    const features = new Float32Array(tokens).fill(2 ** -14);
    features[0] = 2 ** 12;
    expect(meanOverTokens(features, tokens, 1)[0]).toBe(Math.fround((2 ** 12 + (tokens - 1) * 2 ** -14) / tokens));
  });
});
