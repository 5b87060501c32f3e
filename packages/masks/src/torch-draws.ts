import type { RandomGenerator } from './random-generator.js';

/** A float32 in [0, 1) the way torch's CPU generator draws it: the word's low 24 bits over 2^24. */
export function torchUniform(random: RandomGenerator): number {
  return (random.nextUint32() & 0xff_ffff) / 0x100_0000;
}

/**
 * An integer in [0, bound) the way `torch.randint` draws it for bounds below 2^28: the word modulo the bound. A word is
 * consumed even when only one value is possible.
 */
export function torchInteger(random: RandomGenerator, bound: number): number {
  return random.nextUint32() % bound;
}
