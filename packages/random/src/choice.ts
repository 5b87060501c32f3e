/** Neighbouring indices that are equally likely. */
export interface ChoiceGroup {
  /** How many. */
  count: number;
  /** Of each one. */
  probability: number;
}

/** Values that rise evenly: `start + i * step` for i in 0..count - 1, without rounding. */
interface EvenRun {
  /** Index of the first value. */
  first: number;
  start: number;
  step: number;
  count: number;
}

/** How far from 1 probabilities may sum to, as NumPy has it: the square root of a double's precision. */
const TOLERANCE = Math.sqrt(Number.EPSILON);

/**
 * NumPy's choice by probabilities: the first index whose cumulative probability, `cumsum(p) / cumsum(p)[-1]` in float64,
 * is above a uniform number. Rounding is part of it: over millions of indices the sums drift by some thousandths of one
 * index's share, and exact sums would give other draws.
 *
 * The sums themselves are not kept. Adding the same number over and over in float64 adds the same rounded amount as long
 * as the sum stays between two powers of two, so a few dozen even runs hold all of them.
 */
export class Choice {
  readonly #runs: EvenRun[] = [];
  /** The last cumulative probability of each run. */
  readonly #ends: Float64Array;
  readonly #total: number;

  /** @throws RangeError for probabilities that are none or do not sum to 1, and more than 2³¹ indices */
  constructor(groups: readonly ChoiceGroup[]) {
    requireProbabilities(groups);
    let first = 0;
    let sum = 0;
    for (const { count, probability } of groups) {
      for (const run of evenRuns(first, sum, probability, count)) {
        this.#runs.push(run);
        sum = valueAt(run, run.count - 1);
      }
      first += count;
    }
    this.#total = sum;
    this.#ends = Float64Array.from(this.#runs, (run) => valueAt(run, run.count - 1) / sum);
  }

  /**
   * The index that a uniform number chooses.
   *
   * @param point in [0, 1)
   */
  at(point: number): number {
    const run = this.#runs[firstAbove(this.#ends, point)]!;
    const isAbove = (i: number) => valueAt(run, i) / this.#total > point;
    const steps = run.step > 0 ? (point * this.#total - run.start) / run.step : 0;
    // Multiplying and dividing have rounded by less than two units, each at most a step: here is never too far.
    let i = Math.max(0, Math.floor(steps) - 1);
    while (!isAbove(i)) i++;
    return run.first + i;
  }
}

/** The sums of adding `addend` to `sum`, 1..count times, each rounded to float64. */
function* evenRuns(first: number, sum: number, addend: number, count: number): Generator<EvenRun> {
  for (let done = 0, last = sum; done < count; ) {
    const start = last + addend;
    const step = start + addend - start;
    const run = { first: first + done, start, step, count: Math.min(evenCount(start, addend, step), count - done) };
    yield run;
    last = valueAt(run, run.count - 1);
    done += run.count;
  }
}

/** How many sums from `start` on rise by `step` alone: those below the next power of two, from where on steps are coarser. */
function evenCount(start: number, addend: number, step: number): number {
  if (step === 0) return Number.POSITIVE_INFINITY;
  const second = start + step;
  const limit = nextPowerOfTwo(start);
  // A tie rounds to the even neighbour: the first step may differ from those after it, which are alike.
  if (second >= limit || second + addend - second !== step) return 1;
  return Math.ceil((limit - start) / step);
}

/** The smallest power of two above `value`. */
function nextPowerOfTwo(value: number): number {
  let power = 2 ** Math.floor(Math.log2(value));
  while (power > value) power /= 2;
  while (power <= value) power *= 2;
  return power;
}

function valueAt(run: EvenRun, i: number): number {
  return run.start + i * run.step;
}

/** Place of the first value above `point` in rising values of which the last is above it. */
function firstAbove(values: Float64Array, point: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

function requireProbabilities(groups: readonly ChoiceGroup[]): void {
  let indices = 0;
  let sum = 0;
  for (const [i, { count, probability }] of groups.entries()) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`probability ${i} is ${probability}, expected a number in 0..1`);
    }
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`group ${i} has ${count} indices, expected a whole number of at least 0`);
    }
    indices += count;
    sum += count * probability;
  }
  if (indices > 2 ** 31) throw new RangeError(`found ${indices} indices to choose from, expected at most 2^31`);
  if (!(Math.abs(sum - 1) <= TOLERANCE)) {
    throw new RangeError(`probabilities sum to ${sum}, expected 1: divide each by their sum`);
  }
}
