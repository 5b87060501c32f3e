import { encoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { type DetectionSettings, planDetection } from './detection-plan.js';

describe('planDetection', () => {
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
