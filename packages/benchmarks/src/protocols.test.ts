import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from './protocols.js';
import { PUBLISHED_RESULTS, publishedResults } from './published-results.js';

describe('protocols', () => {
  it("are those of the reference's configurations", () => {
    const summary = Object.values(PROTOCOLS).map(({ benchmark, classes, clip, probe }) => [
      benchmark,
      classes,
      clip && `${clip.framesPerClip}x${clip.segments}x${clip.views}`,
      probe.batch,
      probe.weightDecay,
    ]);
    expect(summary).toEqual([
      ['kinetics-400', 400, '16x8x3', 256, 0.01],
      ['kinetics-600', 600, '16x8x3', 256, 0.01],
      ['kinetics-700', 700, '16x8x3', 256, 0.01],
      ['something-something-v2', 174, '16x2x3', 256, 0.01],
      ['ava-2.2', 60, '16x1x1', 64, 0.05],
      ['imagenet-1k', 1000, undefined, 1024, 0.001],
      ['places205', 205, undefined, 1024, 0.001],
      ['inaturalist-2021', 10000, undefined, 1024, 0.001],
    ]);
  });

  it("stand beside the paper's numbers", () => {
    const own = (benchmark: Parameters<typeof publishedResults>[0]) =>
      publishedResults(benchmark)
        .filter(({ model, setting }) => model.startsWith('V-JEPA') && setting === 'frozen')
        .map(({ value }) => value);
    expect(own('kinetics-400')).toEqual([80.8, 82.0, 81.9]);
    expect(own('something-something-v2')).toEqual([69.5, 71.4, 72.2]);
    expect(own('inaturalist-2021')).toEqual([67.8, 67.9, 72.6]);
    expect(own('kinetics-600')).toEqual([]);
    const ten = PUBLISHED_RESULTS.find(
      ({ setting, resolution, benchmark }) =>
        setting === 'low-shot 10 %' && resolution === 384 && benchmark === 'something-something-v2',
    );
    expect(ten).toMatchObject({ value: 59.3, deviation: 0.5 });
  });
});
