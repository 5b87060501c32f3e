import { encoderConfig, vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { expect, it } from 'vitest';
import { probeTask } from './probe-task.js';

const V1 = encoderConfig('vit_large');
const [L, H] = [vjepa2EncoderConfig('vit_large'), vjepa2EncoderConfig('vit_huge')];
const G384 = vjepa2EncoderConfig('vit_giant_xformers', { imageSize: 384 });

const of = (encoder: Parameters<typeof probeTask>[0], classes: number) => {
  const selfAttention = encoder === V1 ? 'after' : 'before';
  const task = probeTask(encoder, { selfAttention, classes, depth: 4, embedDim: encoder.embedDim });
  if (task === undefined) return undefined;
  const { title, clip, layers } = task;
  return clip && `${title}: ${clip.framesPerClip}/${clip.frameStep} ${clip.segments}x${clip.views} ${layers}`;
};

// Clips, segments, views and layers of the published evaluations.
it.each([
  [L, 174, 'Something-Something v2: 16/4 2x3 last'],
  [G384, 174, 'Something-Something v2: 64/2 2x3 last'],
  [L, 400, 'Kinetics-400: 16/4 8x3 last'],
  [L, 180, 'COIN: 16/4 8x3 last'],
  [L, 48, 'Diving48: 32/2 4x3 18,20,22,24'],
  [H, 27, 'Jester: 32/2 4x3 26,28,30,32'],
  [G384, 48, 'Diving48: 32/2 4x3 25,30,35,40'],
  [V1, 174, 'Something-Something v2: 16/4 2x3 last'],
  [V1, 400, 'Kinetics-400: 16/4 8x3 last'],
])('a probe is taken for the published task of its number of classes (%#)', (encoder, classes, expected) => {
  expect(of(encoder, classes)).toBe(expected);
});

it('no published task has another number of classes, and V-JEPA has no Diving48', () => {
  expect(of(L, 175)).toBeUndefined();
  expect(of(V1, 48)).toBeUndefined();
});

it('which layers a probe of Diving48 sees is published for V-JEPA 2 of 24, 32 and 40 blocks', () => {
  expect(of(vjepa2EncoderConfig('vit_base'), 48)).toMatch(/ unknown$/);
  expect(of(vjepa21EncoderConfig('vit_large'), 48)).toMatch(/ unknown$/);
});

it('pictures are repeated 16 times, 18 for ViT-g at 384 pixels', () => {
  const repeats = (encoder: typeof L) =>
    probeTask(encoder, { selfAttention: 'before', classes: 1000, depth: 4, embedDim: 8 })!.imageRepeats;
  expect([repeats(L), repeats(G384)]).toEqual([16, 18]);
});
