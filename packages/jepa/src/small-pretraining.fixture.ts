import type { HostTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { encoderConfig } from '@vjepa/vit';

/** An encoder that engines compile soon. */
export const encoder = encoderConfig('vit_tiny', {
  imageSize: 32,
  patchSize: 8,
  numFrames: 4,
  embedDim: 24,
  depth: 1,
  numHeads: 2,
});

const TOKENS = 32;

/** Whole numbers without a pattern that matters. */
export function generator(seed: number): RandomGenerator {
  let state = seed;
  return { nextUint32: () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) };
}

/** Clips of bytes. */
export const clipsOf = (random: RandomGenerator, B = 2): HostTensor => ({
  shape: [B, 4, 32, 32, 3],
  data: Uint8Array.from({ length: B * 12288 }, () => random.nextUint32() >>> 24),
});

/** So many tokens of each clip. */
export const mask = (length: number, offset: number, B = 2): HostTensor => ({
  shape: [B, length],
  data: Int32Array.from({ length: B * length }, (_, i) => (i * 5 + offset) % TOKENS),
});
