import { encoderConfig, vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { type DetectionSettings, planDetection } from './detection-plan.js';

describe('planDetection', () => {
  it('takes blocks near the end, of V-JEPA 2.1 those that have a norm', () => {
    const files = { checkpoint: 'encoder.pt', data: { annotations: 'annotations', videos: 'videos' } };
    const layers = (settings: Pick<DetectionSettings, 'encoder' | 'layers'>) =>
      planDetection({ ...files, ...settings }).layers;
    expect(layers({ encoder: vjepa2EncoderConfig('vit_large') })).toEqual([18, 20, 22, 24]);
    const latest = vjepa21EncoderConfig('vit_large');
    expect(layers({ encoder: latest })).toEqual([6, 12, 18, 24]);
    expect(layers({ encoder: latest, layers: [24] })).toEqual([24]);
    expect(() => layers({ encoder: latest, layers: [20] })).toThrow(
      "`layers`: block 20 is not one of the encoder's 6, 12",
    );
  });

  it.each([
    [{ training: { batchSize: 0 } }, '`training.batchSize`: expected a whole number of at least 1, found 0'],
    [{ training: { weightDecay: '1' } }, '`training.weightDecay`: expected a number of at least 0, found "1"'],
    [{ encoder: 'vit_tiny' }, '`encoder`: expected what loadEncoder or encoderConfig gives, found "vit_tiny"'],
  ])('refuses %j', (wrong, message) => {
    const encoder = encoderConfig('vit_tiny', { imageSize: 16, numFrames: 2 });
    const settings = { encoder, checkpoint: 'encoder.pth.tar', data: { annotations: {}, videos: 'videos' }, ...wrong };
    expect(() => planDetection(settings as unknown as DetectionSettings)).toThrow(message);
  });
});
