import { attentiveProbeConfig, averageProbeConfig } from '@vjepa/probe';
import { clipEncoderConfig, encoderConfig, vjepa2EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { describePublished, describePublishedRecall } from './describe-published.js';

const LARGE = encoderConfig('vit_large', { imageSize: 224 });
const KINETICS = { train: 'train', validation: 'val', classes: 400, layout: 'kinetics-400' } as const;
const plan = (changes: object = {}) => ({
  ...{ data: KINETICS, encoder: LARGE, probe: attentiveProbeConfig(LARGE, 400) },
  ...changes,
});
const all = [{ lowShot: null }];

describe('describePublished', () => {
  it("gives the paper's number of the same encoder, resolution and data set", () => {
    expect(describePublished(plan(), all)).toEqual([
      'the paper: V-JEPA ViT-L/16 at 224 on Kinetics-400, frozen: top-1 80.8',
    ]);
    const encoder = encoderConfig('vit_huge', { imageSize: 384 });
    const data = { kind: 'image', root: 'imagenet', classes: 1000, layout: 'imagenet-1k' } as const;
    const probe = attentiveProbeConfig(encoder, 1000);
    expect(describePublished({ data, encoder, probe: { ...probe, depth: 2 } }, all)).toEqual([
      'the paper: V-JEPA ViT-H/16 at 384 on ImageNet-1K, frozen, two-layer probe: top-1 77.9',
    ]);
  });

  it("gives V-JEPA 2's and 2.1's numbers of their own protocol", () => {
    const encoder = clipEncoderConfig('vjepa2_vit_large', { imageSize: 256 });
    const data = { ...KINETICS, classes: 48, layout: 'diving48' } as const;
    const probe = attentiveProbeConfig(encoder, 48, { selfAttention: 'before' });
    expect(describePublished({ data, encoder, probe }, all)).toEqual([
      'the paper: V-JEPA 2 ViT-L/16 at 256 on Diving48, frozen, V-JEPA 2 protocol: top-1 89.0',
    ]);
    expect(describePublished({ data, encoder, probe: { ...probe, depth: 1 } }, all)).toEqual([]);
    const giant = clipEncoderConfig('vjepa2_1_vit_giant_xformers', { imageSize: 384 });
    expect(describePublished({ data, encoder: giant, probe }, all)[0]).toMatch(
      /V-JEPA 2\.1 ViT-g\/16 at 384 .* 89\.0$/,
    );
  });

  it('gives those of as many labels, with their deviation', () => {
    const encoder = encoderConfig('vit_huge', { imageSize: 224 });
    const draws = [0.05, 0.1].flatMap((fraction) => [0, 1, 2].map((seed) => ({ lowShot: { fraction, seed } })));
    expect(describePublished(plan({ encoder, probe: attentiveProbeConfig(encoder, 400) }), draws)).toEqual([
      'the paper: V-JEPA ViT-H/16 at 224 on Kinetics-400, low-shot 5 %: top-1 67.0 ± 0.2',
      'the paper: V-JEPA ViT-H/16 at 224 on Kinetics-400, low-shot 10 %: top-1 72.1 ± 0.1',
    ]);
  });

  it.each([
    ['data in no layout of a benchmark', { data: { ...KINETICS, layout: undefined } }],
    ['a benchmark without a number', { data: { ...KINETICS, layout: 'kinetics-700' } }],
    ['another size', { encoder: encoderConfig('vit_base', { imageSize: 224 }) }],
    ['another resolution', { encoder: encoderConfig('vit_large', { imageSize: 256 }) }],
    ['average pooling', { probe: averageProbeConfig(LARGE, 400) }],
  ])('says nothing of %s', (_, changes) => {
    expect(describePublished(plan(changes), all)).toEqual([]);
  });
});

describe('what papers have of anticipations', () => {
  it('is of the same encoder, resolution and features', () => {
    const encoder = vjepa2EncoderConfig('vit_giant_xformers', { imageSize: 384 });
    expect(describePublishedRecall({ encoder, features: 'encoder and predictor' })).toEqual([
      'the paper: V-JEPA 2 ViT-g/16 at 384 on EPIC-Kitchens-100 action anticipation, encoder and predictor: verb 63.6, noun 57.1, action 39.7',
    ]);
    expect(describePublishedRecall({ encoder, features: 'predictor' }).join()).toMatch(/predictor: action 20.2$/);
    expect(describePublishedRecall({ encoder: { ...encoder, imageSize: 224 }, features: 'encoder' })).toEqual([]);
  });
});
