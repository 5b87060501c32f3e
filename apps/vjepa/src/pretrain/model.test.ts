import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { describeModel, pretrainingModel, summarizeModel } from './model.js';

const config = (name: string, ...set: string[]) =>
  loadPretrainingConfig(
    fileURLToPath(new URL(`../../../../configs/pretrain/${name}.yaml`, import.meta.url)),
    set.map(parseOverride),
  ).config;

describe('summarizeModel', () => {
  // Parameter counts of the published models (position tables, which are frozen, not counted).
  it.each([
    ['vitl16', 303_885_312, 22_082_944, 1568],
    ['vith16', 631_648_000, 22_279_808, 1568],
    ['vith16_384', 631_648_000, 22_279_808, 4608],
  ])('%s has the reference’s size', (name, encoder, predictor, tokens) => {
    const summary = summarizeModel(config(name));
    expect(summary.encoder_parameters).toBe(encoder);
    expect(summary.predictor_parameters).toBe(predictor);
    expect(summary.tokens).toBe(tokens);
  });

  it('says it in words', () => {
    expect(describeModel(summarizeModel(config('vitl16')))[0]).toMatch(/vit_large: 24 blocks.*303,885,312 parameters/);
  });
});

describe('pretrainingModel', () => {
  it('gives the predictor as many heads as the encoder and one mask token per mask', () => {
    expect(pretrainingModel(config('vitl16')).predictor).toMatchObject({ numHeads: 16, numMaskTokens: 2, depth: 12 });
  });

  it('refuses sizes that contradict each other', () => {
    expect(() => pretrainingModel(config('vitl16', 'model.num_heads=7'))).toThrow(/cannot be built.*7 heads/);
  });
});
