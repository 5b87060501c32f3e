/**
 * The order in which CPython, from 3.8 on, walks a set that tuples of whole numbers were put into one after the other.
 * Released probes number their classes by it, so their files can only be read with it.
 *
 * @param tuples whole numbers from 0 on; one that comes again changes nothing
 */
export function pythonSetOrder<Tuple extends readonly number[]>(tuples: Iterable<Tuple>): Tuple[] {
  let table = emptyTable<Tuple>(8);
  const known = new Set<string>();
  for (const tuple of tuples) {
    const key = tuple.join();
    if (known.has(key)) continue;
    known.add(key);
    place(table, { tuple, hash: tupleHash(tuple) });
    // At three fifths a set grows: fourfold, and from 50,000 members on twofold.
    if (known.size * 5 >= (table.length - 1) * 3) table = grown(table, known.size * (known.size > 50_000 ? 2 : 4));
  }
  return table.flatMap((member) => (member ? [member.tuple] : []));
}

interface Member<Tuple> {
  tuple: Tuple;
  hash: bigint;
}

type Table<Tuple> = (Member<Tuple> | undefined)[];

function emptyTable<Tuple>(size: number): Table<Tuple> {
  return new Array<undefined>(size).fill(undefined);
}

/** The same members in a table of more than `least` places, taken over in the order of the old one. */
function grown<Tuple>(table: Table<Tuple>, least: number): Table<Tuple> {
  let size = 8;
  while (size <= least) size *= 2;
  const larger = emptyTable<Tuple>(size);
  for (const member of table) if (member) place(larger, member);
  return larger;
}

/** Places that are tried one after the other where there is room for them, before the next jump. */
const LINEAR_PROBES = 9;

/** Puts a member at the first free place of its own sequence of places. */
function place<Tuple>(table: Table<Tuple>, member: Member<Tuple>): void {
  const mask = table.length - 1;
  let perturbation = member.hash;
  let start = Number(member.hash & BigInt(mask));
  for (;;) {
    const last = start + (start + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0);
    for (let at = start; at <= last; at++) {
      if (table[at] !== undefined) continue;
      table[at] = member;
      return;
    }
    perturbation >>= 5n;
    start = Number((BigInt(start) * 5n + 1n + perturbation) & BigInt(mask));
  }
}

const PRIME_1 = 11400714785074694791n;
const PRIME_2 = 14029467366897019727n;
const PRIME_5 = 2870177450012600261n;

/** Python's hash of a tuple of whole numbers: xxHash of 64 bits, a lane for each. A number's own hash is itself. */
function tupleHash(tuple: readonly number[]): bigint {
  const word = (value: bigint) => BigInt.asUintN(64, value);
  let hash = PRIME_5;
  for (const value of tuple) {
    const mixed = word(hash + BigInt(value) * PRIME_2);
    hash = word(((mixed << 31n) | (mixed >> 33n)) * PRIME_1);
  }
  return word(hash + (BigInt(tuple.length) ^ PRIME_5 ^ 3527539n));
}
