const POOL_WORDS = 4;

/**
 * The words that NumPy's `SeedSequence(seed).generate_state(count)` makes of a seed (after O'Neill's `seed_seq_fe`):
 * close seeds give words that have nothing in common.
 *
 * @param seed an integer in 0..2⁵³ - 1
 * @param count of 32-bit words
 * @throws RangeError for any other seed
 */
export function seedSequence(seed: number, count: number): Uint32Array {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed is ${seed}, expected an integer in 0..2^53 - 1: pass a whole number such as 239`);
  }
  const pool = entropyPool([seed >>> 0, Math.floor(seed / 0x100000000)]);
  const hash = hasher(0x8b51f9dd, 0x58f38ded);
  return Uint32Array.from({ length: count }, (_, i) => hash(pool[i % POOL_WORDS]!));
}

/** @param entropy at most as many words as the pool has; a missing one counts as 0 */
function entropyPool(entropy: readonly number[]): Uint32Array {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Uint32Array.from({ length: POOL_WORDS }, (_, i) => hash(entropy[i] ?? 0));
  for (let source = 0; source < POOL_WORDS; source++) {
    for (let target = 0; target < POOL_WORDS; target++) {
      if (source !== target) pool[target] = mixed(pool[target]!, hash(pool[source]!));
    }
  }
  return pool;
}

/** A hash of words whose constant moves on with every word. */
function hasher(initial: number, multiplier: number): (word: number) => number {
  let constant = initial;
  return (word) => {
    const keyed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    return foldedDown(Math.imul(keyed, constant));
  };
}

function mixed(x: number, y: number): number {
  return foldedDown(Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715));
}

function foldedDown(value: number): number {
  const word = value >>> 0;
  return (word ^ (word >>> 16)) >>> 0;
}
