import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from './protocols.js';
import { PUBLISHED_RESULTS, publishedResults } from './published-results.js';
import { VJEPA2_PROTOCOLS, vjepa2ProbeLayers } from './vjepa2-protocols.js';

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

  it("are V-JEPA 2's published configurations", () => {
    const summary = Object.values(VJEPA2_PROTOCOLS).map(({ benchmark, classes, clip, probe }) => [
      benchmark,
      classes,
      clip && `${clip.framesPerClip}x${clip.segments}x${clip.views} step ${clip.frameStep}`,
      ...[probe.batch, probe.epochs, probe.heads.length, probe.layers],
    ]);
    expect(summary).toEqual([
      ['something-something-v2', 174, '16x2x3 step 4', 256, 20, 20, 'last'],
      ['diving48', 48, '32x4x3 step 2', 128, 100, 3, 'four'],
      ['jester', 27, '32x4x3 step 2', 128, 100, 3, 'four'],
      ['kinetics-400', 400, '16x8x3 step 4', 256, 20, 20, 'last'],
      ['coin', 180, '16x8x3 step 4', 128, 20, 20, 'last'],
      ['imagenet-1k', 1000, undefined, 1024, 20, 21, 'last'],
    ]);
    const rates = (benchmark: keyof typeof VJEPA2_PROTOCOLS) =>
      VJEPA2_PROTOCOLS[benchmark].probe.heads.map(({ learningRate, weightDecay }) => `${learningRate} ${weightDecay}`);
    const pairs = (learningRates: number[], decays: number[]) =>
      decays.flatMap((decay) => learningRates.map((rate) => `${rate} ${decay}`));
    const twenty = pairs([5e-3, 3e-3, 1e-3, 3e-4, 1e-4], [0.01, 0.1, 0.4, 0.8]);
    for (const benchmark of ['something-something-v2', 'kinetics-400', 'coin'] as const) {
      expect(rates(benchmark)).toEqual(twenty);
    }
    for (const benchmark of ['diving48', 'jester'] as const) {
      expect(rates(benchmark)).toEqual(pairs([1e-3, 3e-4, 1e-4], [0.8]));
    }
    expect(rates('imagenet-1k').slice(1).sort()).toEqual(
      pairs([5e-4, 1e-3, 1.5e-3, 2e-3], [8e-3, 4e-3, 2e-3, 1e-3, 5e-4]).sort(),
    );
    const { heads } = VJEPA2_PROTOCOLS['imagenet-1k'].probe;
    expect(heads[0]).toMatchObject({ learningRate: 1e-3, warmupEpochs: 0, weightDecay: 1e-3, finalWeightDecay: 0 });
    expect(heads[20]).toEqual({
      ...{ learningRate: 2e-3, startLearningRate: 2e-4, finalLearningRate: 0, warmupEpochs: 5 },
      ...{ weightDecay: 5e-4, finalWeightDecay: 5e-4 },
    });
    expect([24, 32, 40, 48].map(vjepa2ProbeLayers)).toEqual([
      [18, 20, 22, 24],
      [26, 28, 30, 32],
      [25, 30, 35, 40],
      undefined,
    ]);
  });

  it("stand beside V-JEPA 2's and 2.1's numbers", () => {
    const of = (benchmark: Parameters<typeof publishedResults>[0]) =>
      publishedResults(benchmark)
        .filter(({ setting }) => setting === 'frozen, V-JEPA 2 protocol')
        .map(({ model, resolution, value }) => `${model.replace('V-JEPA', '').trim()} ${resolution ?? ''} ${value}`);
    expect(of('diving48')).toEqual([
      ...['2 ViT-L/16 256 89', '2 ViT-H/16 256 89.8', '2 ViT-g/16 256 90.1', '2 ViT-g/16 384 90.2'],
      ...['ViT-H/16  87.9', '2.1 ViT-g/16 384 89', '2.1 ViT-G/16 384 89.2'],
    ]);
    expect(of('something-something-v2')).toEqual([
      ...['2 ViT-L/16 256 73.7', '2 ViT-H/16 256 74', '2 ViT-g/16 256 75.3', '2 ViT-g/16 384 77.3'],
      ...['ViT-H/16  74.3', '2.1 ViT-g/16 384 76.9', '2.1 ViT-G/16 384 77.7'],
    ]);
    expect(of('jester')).toEqual([
      ...['2 ViT-L/16 256 97.6', '2 ViT-H/16 256 97.7', '2 ViT-g/16 256 97.7', '2 ViT-g/16 384 97.8'],
    ]);
    expect(of('kinetics-400')).toEqual([
      ...['2 ViT-L/16 256 85.1', '2 ViT-H/16 256 85.3', '2 ViT-g/16 256 86.6', '2 ViT-g/16 384 87.3'],
      ...['ViT-H/16  84.5', '2.1 ViT-g/16 384 87', '2.1 ViT-G/16 384 87.7'],
    ]);
    expect(of('imagenet-1k')).toEqual([
      ...['2 ViT-L/16 256 83.5', '2 ViT-H/16 256 83.8', '2 ViT-g/16 256 84.6', '2 ViT-g/16 384 85.1'],
      ...['ViT-H/16  80', '2.1 ViT-g/16 384 84.8', '2.1 ViT-G/16 384 85.5'],
    ]);
    expect(of('coin')).toEqual([
      ...['2 ViT-L/16 256 86.8', '2 ViT-H/16 256 87.9', '2 ViT-g/16 256 90.7', '2 ViT-g/16 384 91.1'],
    ]);
  });
});
