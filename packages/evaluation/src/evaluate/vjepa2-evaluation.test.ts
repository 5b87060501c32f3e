import { encoderConfig, vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { vjepa2Evaluation } from './vjepa2-evaluation.js';

const large = vjepa2EncoderConfig('vit_large');

describe("V-JEPA 2's evaluation", () => {
  it('of a benchmark is settings for planEvaluation', () => {
    const { clips, probe, training, sweep } = vjepa2Evaluation('diving48', large);
    expect(clips).toEqual({ frames: 32, frameStep: 2, segments: 4, views: 3 });
    expect(probe).toEqual({ selfAttention: 'before', depth: 4, numHeads: 16, layers: [18, 20, 22, 24] });
    expect(training).toMatchObject({ epochs: 100, batchSize: 128, finalWeightDecay: null, decayed: 'all' });
    expect(sweep!.probes).toHaveLength(3);
  });

  it('of ViT-g at 384 pixels has clips of its own, of V-JEPA 2.1 the layers that have a norm', () => {
    const giant = vjepa2EncoderConfig('vit_giant_xformers', { imageSize: 384 });
    expect(vjepa2Evaluation('something-something-v2', giant).clips).toMatchObject({ frames: 64, frameStep: 2 });
    expect(vjepa2Evaluation('something-something-v2', large).clips).toMatchObject({ frames: 16, frameStep: 4 });
    expect(vjepa2Evaluation('imagenet-1k', giant).clips).toEqual({ imageRepeats: 18 });
    const long = vjepa2EncoderConfig('vit_large', { numFrames: 64 });
    expect(vjepa2Evaluation('imagenet-1k', long).clips).toEqual({ imageRepeats: 16 });
    const latest = vjepa21EncoderConfig('vit_giant_xformers', { imageSize: 384 });
    expect(vjepa2Evaluation('imagenet-1k', latest).clips).toEqual({ imageRepeats: undefined });
    expect(vjepa2Evaluation('jester', vjepa21EncoderConfig('vit_large')).probe!.layers).toEqual([6, 12, 18, 24]);
  });

  it('of several layers is refused where none are published', () => {
    const base = encoderConfig('vit_base');
    expect(() => vjepa2Evaluation('jester', base)).toThrow(/has 12 blocks, and the four layers .* for 24, 32 and 40/);
    expect(vjepa2Evaluation('coin', base).probe!.layers).toBeUndefined();
  });
});
