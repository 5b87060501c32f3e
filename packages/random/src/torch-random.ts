import { mersenneTwister } from './mersenne-twister.js';
import type { RandomGenerator } from './random-generator.js';

/** Draws as PyTorch's CPU generator makes them from its words: a stream seeded as `torch.manual_seed(n)` agrees. */
export class TorchRandom implements RandomGenerator {
  readonly #source: RandomGenerator;

  constructor(source: RandomGenerator) {
    this.#source = source;
  }

  nextUint32(): number {
    return this.#source.nextUint32();
  }

  /** One value of `torch.rand`: uniform in [0, 1), 24 bits, exact in float32. */
  float(): number {
    return (this.#source.nextUint32() & 0xffffff) / 0x1000000;
  }

  /** `torch.randint(low, high)`: an integer in low..high - 1. */
  integer(low: number, high: number): number {
    const count = high - low;
    if (!(count >= 1 && count < 0x10000000)) {
      throw new RangeError(`cannot draw an integer from [${low}, ${high}): expected low < high < low + 2^28`);
    }
    return low + (this.#source.nextUint32() % count);
  }

  /** `torch.randperm(length)`: the numbers 0..length - 1 in random order (Fisher and Yates, from the front). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = 0; i < length - 1; i++) {
      const j = i + (this.#source.nextUint32() % (length - i));
      const chosen = order[j]!;
      order[j] = order[i]!;
      order[i] = chosen;
    }
    return order;
  }

  /**
   * Fills `values` with independent N(0, 1) draws, as `tensor.normal_()` does on contiguous float32 tensors of 16
   * values or more: blocks of 16 uniform values, turned in pairs eight apart by Box and Muller's method. Shorter
   * arrays draw one whole block and keep its beginning (PyTorch itself uses another method for those).
   */
  fillNormal(values: Float32Array): Float32Array {
    const block = new Float64Array(16);
    const fillBlock = (offset: number) => {
      for (let i = 0; i < 16; i++) block[i] = this.float();
      for (let i = 0; i < 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - block[i]!));
        const angle = 2 * Math.PI * block[i + 8]!;
        block[i] = radius * Math.cos(angle);
        block[i + 8] = radius * Math.sin(angle);
      }
      for (let i = 0; i < 16 && offset + i < values.length; i++) values[offset + i] = block[i]!;
    };
    this.#fillBlocks(values.length, fillBlock);
    return values;
  }

  #fillBlocks(length: number, fillBlock: (offset: number) => void): void {
    let offset = 0;
    // All uniform values are drawn before any is turned, so an incomplete last block starts over 16 from the end.
    for (; offset + 16 <= length; offset += 16) fillBlock(offset);
    if (offset === length) return;
    for (let i = offset; i < length && length > 16; i++) this.#source.nextUint32();
    fillBlock(Math.max(0, length - 16));
  }
}

/** The generator of `torch.manual_seed(seed)`. */
export function torchRandom(seed: number): TorchRandom {
  return new TorchRandom(mersenneTwister(seed));
}
