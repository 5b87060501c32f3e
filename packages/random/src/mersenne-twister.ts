import { mersenne, mersenneFromState } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from './random-generator.js';

const STATE_WORDS = 624;

/**
 * MT19937 seeded with one word (`init_genrand`, after Knuth): the stream behind `numpy.random.seed(n)`,
 * `numpy.random.RandomState(n)` and `torch.manual_seed(n)` on the CPU.
 *
 * @param seed any integer; only its value modulo 2³² counts
 * @throws RangeError for a seed that is no integer
 */
export function mersenneTwister(seed: number): RandomGenerator {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed is ${seed}, expected an integer: pass a whole number such as 234`);
  }
  const generator = mersenne(seed >>> 0);
  return { nextUint32: () => generator.next() >>> 0 };
}

/**
 * MT19937 seeded with a key of several words (`init_by_array`, Matsumoto & Nishimura 2002), which spreads every bit of
 * every word over the whole state: the stream behind Python's `random.seed`, and a sound way to derive a generator
 * from several integers.
 *
 * @param key one or more non-negative integers; each is taken modulo 2³²
 * @throws RangeError for an empty key, or a word that is no non-negative integer
 */
export function mersenneTwisterFromKey(key: readonly number[]): RandomGenerator {
  if (key.length === 0) throw new RangeError('a generator key needs at least one integer, found none');
  for (const word of key) requireWord(word);
  const generator = mersenneFromState([0, ...keyedState(key)]);
  // The library expects a state that has already been twisted; drawing one full round twists every word.
  for (let i = 0; i < STATE_WORDS; i++) generator.next();
  return { nextUint32: () => generator.next() >>> 0 };
}

function keyedState(key: readonly number[]): Int32Array {
  const state = new Int32Array(STATE_WORDS);
  state[0] = 19650218;
  for (let i = 1; i < STATE_WORDS; i++) state[i] = Math.imul(1812433253, scrambled(state[i - 1]!)) + i;
  let i = 1;
  let j = 0;
  const advance = () => {
    i++;
    if (i === STATE_WORDS) {
      state[0] = state[STATE_WORDS - 1]!;
      i = 1;
    }
  };
  for (let round = Math.max(STATE_WORDS, key.length); round > 0; round--) {
    state[i] = (state[i]! ^ Math.imul(scrambled(state[i - 1]!), 1664525)) + (key[j]! | 0) + j;
    advance();
    j = (j + 1) % key.length;
  }
  for (let round = STATE_WORDS - 1; round > 0; round--) {
    state[i] = (state[i]! ^ Math.imul(scrambled(state[i - 1]!), 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000 | 0;
  return state;
}

function scrambled(word: number): number {
  return word ^ (word >>> 30);
}

function requireWord(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`a generator key consists of non-negative integers, found ${value}`);
  }
}
