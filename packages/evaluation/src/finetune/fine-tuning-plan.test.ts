import { encoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { type FineTuningSettings, planFineTuning } from './fine-tuning-plan.js';

const settings = {
  encoder: encoderConfig('vit_tiny', { imageSize: 16, numFrames: 2 }),
  checkpoint: 'encoder.pth.tar',
  data: { train: 'train.csv', validation: 'test.csv', classes: 2 },
};

describe('planFineTuning', () => {
  it.each([
    [{ training: { batchSize: 0 } }, '`training.batchSize`: expected a whole number of at least 1, found 0'],
    [{ training: { learningRate: '1' } }, '`training.learningRate`: expected a number of at least 0, found "1"'],
    [
      { training: { recompute: true } },
      "`training.recompute`: expected 'none' or 'elementwise' or 'block', found true",
    ],
    [{ head: { pooling: 'max' } }, "`head.pooling`: expected 'average' or 'attentive', found"],
    [
      { encoder: vjepa21EncoderConfig('vit_tiny') },
      '`encoder`: is one of V-JEPA 2.1, which is used frozen here; fine-tune an encoder of V-JEPA, or train a probe on this',
    ],
    [{ encoder: 'vit_tiny' }, '`encoder`: expected what loadEncoder or encoderConfig gives, found "vit_tiny"'],
  ])('refuses %j', (wrong, message) => {
    expect(() => planFineTuning({ ...settings, ...wrong } as unknown as FineTuningSettings)).toThrow(message);
  });

  it('takes undefined for the default', () => {
    const none = { training: { batchSize: undefined, recompute: undefined }, head: { pooling: undefined } };
    const { training, head } = planFineTuning(settings);
    expect(planFineTuning({ ...settings, ...none })).toMatchObject({ training, head });
  });
});
