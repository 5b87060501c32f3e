import type { RandomGenerator } from './random-generator.js';
import { seedSequence } from './seed-sequence.js';

const WORD = 0x100000000;
const PER_WORD = 1 / WORD;

// The multiplier 0x2360ed051fc65da44385df649fccf645, lowest word first.
const [M0, M1, M2, M3] = [0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05] as const;

/**
 * PCG64 (O'Neill 2014: PCG XSL RR 128/64), the generator of NumPy's `default_rng`, seeded as NumPy seeds it.
 * The state of 128 bits is kept as four words: arithmetic on BigInt takes several times as long.
 */
export class Pcg64 implements RandomGenerator {
  // The state and the increment, each lowest word first.
  #s0 = 0;
  #s1 = 0;
  #s2 = 0;
  #s3 = 0;
  readonly #i0: number;
  readonly #i1: number;
  readonly #i2: number;
  readonly #i3: number;
  // The two halves of the newest 64 bits, and whether the high one is still to be given by nextUint32.
  #high = 0;
  #low = 0;
  #spare: number | undefined;

  /**
   * @param seed an integer in 0..2⁵³ - 1
   * @throws RangeError for any other seed
   */
  constructor(seed: number) {
    const [s2, s3, s0, s1, i2, i3, i0, i1] = [...seedSequence(seed, 8)] as Words;
    this.#i0 = ((i0 << 1) | 1) >>> 0;
    this.#i1 = ((i1 << 1) | (i0 >>> 31)) >>> 0;
    this.#i2 = ((i2 << 1) | (i1 >>> 31)) >>> 0;
    this.#i3 = ((i3 << 1) | (i2 >>> 31)) >>> 0;
    this.#step();
    this.#set(this.#s0 + s0, this.#s1 + s1, this.#s2 + s2, this.#s3 + s3);
    this.#step();
  }

  /** The next word: of 64 bits the low half, then the high one, as NumPy's `next_uint32`. */
  nextUint32(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    this.#next();
    this.#spare = this.#high;
    return this.#low;
  }

  /** The next uniform double in [0, 1): the upper 53 of 64 new bits. */
  nextDouble(): number {
    this.#next();
    return (this.#high * 0x200000 + (this.#low >>> 11)) / 0x20000000000000;
  }

  /** Draws 64 bits: the halves of the state folded together, rotated right by its upper six bits. */
  #next(): void {
    this.#step();
    const high = this.#s3 ^ this.#s1;
    const low = this.#s2 ^ this.#s0;
    const turns = this.#s3 >>> 26;
    const [from, to] = turns & 32 ? [low, high] : [high, low];
    const bits = turns & 31;
    if (bits === 0) {
      this.#high = from >>> 0;
      this.#low = to >>> 0;
      return;
    }
    this.#high = ((from >>> bits) | (to << (32 - bits))) >>> 0;
    this.#low = ((to >>> bits) | (from << (32 - bits))) >>> 0;
  }

  /** state ← state · multiplier + increment, modulo 2¹²⁸. */
  #step(): void {
    const [s0, s1, s2, s3] = [this.#s0, this.#s1, this.#s2, this.#s3];
    this.#set(
      low(s0, M0) + this.#i0,
      high(s0, M0) + low(s0, M1) + low(s1, M0) + this.#i1,
      high(s0, M1) + high(s1, M0) + low(s0, M2) + low(s1, M1) + low(s2, M0) + this.#i2,
      high(s0, M2) + high(s1, M1) + high(s2, M0) + low(s0, M3) + low(s1, M2) + low(s2, M1) + low(s3, M0) + this.#i3,
    );
  }

  /** Makes the state of four sums of words, carrying what is above a word into the next. */
  #set(sum0: number, sum1: number, sum2: number, sum3: number): void {
    const carried1 = sum1 + Math.floor(sum0 * PER_WORD);
    const carried2 = sum2 + Math.floor(carried1 * PER_WORD);
    const carried3 = sum3 + Math.floor(carried2 * PER_WORD);
    this.#s0 = sum0 >>> 0;
    this.#s1 = carried1 >>> 0;
    this.#s2 = carried2 >>> 0;
    this.#s3 = carried3 >>> 0;
  }
}

type Words = [number, number, number, number, number, number, number, number];

/** The lower word of a product of two words. */
function low(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

/** The upper word of a product of two words; what the double has lost of it is far less than half a word. */
function high(a: number, b: number): number {
  return Math.round((a * b - low(a, b)) * PER_WORD);
}
