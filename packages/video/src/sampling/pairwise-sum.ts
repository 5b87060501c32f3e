/** The same value, several times in a row. */
export interface Repeated {
  value: number;
  count: number;
}

/** Up to so many values are summed in eight lanes, more of them in two halves. */
const BLOCK = 128;
const LANES = 8;

/**
 * `numpy.sum` of float64 values that lie one after the other: the same halves and lanes, so the same rounding, for any
 * number of values.
 */
export function pairwiseSum(groups: readonly Repeated[]): number {
  const length = groups.reduce((sum, { count }) => sum + count, 0);
  const read = reader(groups);
  const block = new Float64Array(BLOCK);
  const sum = (count: number): number => {
    if (count <= BLOCK) return blockSum(read(block, count), count);
    const half = Math.floor(count / 2);
    const left = half - (half % LANES);
    return sum(left) + sum(count - left);
  };
  return sum(length);
}

/** Gives the next values of the groups, as many as asked for, in the array given. */
function reader(groups: readonly Repeated[]): (into: Float64Array, count: number) => Float64Array {
  let group = 0;
  let used = 0;
  return (into, count) => {
    for (let done = 0; done < count; ) {
      const { value, count: available } = groups[group]!;
      const taken = Math.min(available - used, count - done);
      into.fill(value, done, done + taken);
      done += taken;
      used += taken;
      if (used === available) {
        group++;
        used = 0;
      }
    }
    return into;
  };
}

function blockSum(values: Float64Array, count: number): number {
  let sum = 0;
  let i = 0;
  if (count >= LANES) {
    const lanes = values.slice(0, LANES);
    for (i = LANES; i + LANES <= count; i += LANES) {
      for (let lane = 0; lane < LANES; lane++) lanes[lane]! += values[i + lane]!;
    }
    const [a, b, c, d, e, f, g, h] = [...lanes] as [number, number, number, number, number, number, number, number];
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (; i < count; i++) sum += values[i]!;
  return sum;
}
