import { describe, expect, it } from 'vitest';
import { metricTag } from './metric-tags.js';

describe('metricTag', () => {
  it.each([
    ['loss', 'loss/total'],
    ['encoder_early_grad_norm', 'gradients/encoder_early_grad_norm'],
    ['predictor_update_norm', 'parameters/predictor_update_norm'],
    ['input_variance_min', 'data/input_variance_min'],
    ['target_rank', 'features/target_rank'],
    ['probe_accuracy', 'probe/accuracy'],
    ['step', undefined],
  ])('%s is %s', (name, tag) => {
    expect(metricTag(name)).toBe(tag);
  });
});
