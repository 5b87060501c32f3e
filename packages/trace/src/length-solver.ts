import { type Dimension, derived, dimensionKey, length, minus, plus, times } from './dimension.js';

/**
 * Finds out how a number depends on the lengths of the inputs, from what it was in two traces with different lengths.
 *
 * Every size seen so far is a building block: the solver looks for the number as a multiple of one, a product, sum or
 * difference of two, or a multiple plus a constant; for floats also as a constant times one of a few functions of a
 * size, such as the 1/K and K/(K - 1) of means and variances. The lengths traced with are large distinct primes, so a
 * wrong formula that fits both traces by chance is very unlikely, and the third trace would catch it.
 */
export class LengthSolver {
  readonly #sizes: { a: number; b: number; dimension: Dimension }[] = [];
  readonly #solved = new Map<string, Dimension | undefined>();

  /** @param lengths what each dynamic length was in the first and in the second trace */
  constructor(lengths: readonly (readonly [a: number, b: number])[]) {
    for (const [position, [a, b]] of lengths.entries()) this.#learn(a, b, length(position));
  }

  /** A whole number, e.g. a size: `a` in the first trace, `b` in the second. Undefined if nothing explains it. */
  integer(a: number, b: number): Dimension | undefined {
    if (a === b) return a;
    const key = `${a},${b}`;
    if (!this.#solved.has(key)) {
      const dimension = this.#multiple(a, b) ?? this.#product(a, b) ?? this.#sum(a, b) ?? this.#affine(a, b);
      this.#solved.set(key, dimension);
      if (dimension !== undefined) this.#learn(a, b, dimension);
    }
    return this.#solved.get(key);
  }

  /** A float32 number. */
  float(a: number, b: number): Dimension | undefined {
    if (Object.is(a, b)) return a;
    if (Number.isInteger(a) && Number.isInteger(b)) {
      const whole = this.integer(a, b);
      if (whole !== undefined) return whole;
    }
    for (const { a: x, b: y, dimension } of this.#sizesAndSums()) {
      for (const [form, of] of FORMS) {
        const factor = commonFactor(a / of(x, 0), b / of(y, 0));
        if (factor !== undefined) return scaled(factor, form, [dimension], of);
      }
    }
    for (const first of this.#sizes) {
      for (const second of this.#sizes) {
        for (const [form, of] of PAIR_FORMS) {
          const factor = commonFactor(a / of(first.a, second.a), b / of(first.b, second.b));
          if (factor !== undefined) return scaled(factor, form, [first.dimension, second.dimension], of);
        }
      }
    }
    return undefined;
  }

  /** Numbers of tokens are often added up in JavaScript only, e.g. for a mean over context and targets. */
  #sizesAndSums() {
    const sums = this.#sizes.flatMap((first, i) =>
      this.#sizes.slice(0, i).map((second) => ({
        a: first.a + second.a,
        b: first.b + second.b,
        dimension: plus(first.dimension, second.dimension),
      })),
    );
    return [...this.#sizes, ...sums];
  }

  #learn(a: number, b: number, dimension: Dimension): void {
    this.#sizes.push({ a, b, dimension });
    this.#solved.set(`${a},${b}`, dimension);
  }

  #multiple(a: number, b: number): Dimension | undefined {
    for (const size of this.#sizes) {
      const factor = a / size.a;
      if (Number.isInteger(factor) && factor * size.b === b) return times(factor, size.dimension);
      const divisor = size.a / a;
      if (Number.isInteger(divisor) && size.b / divisor === b) {
        return derived(`(${dimensionKey(size.dimension)})/${divisor}`, [size.dimension], ([x]) => x! / divisor);
      }
    }
    return undefined;
  }

  #product(a: number, b: number): Dimension | undefined {
    for (const first of this.#sizes) {
      for (const second of this.#sizes) {
        const factor = a / (first.a * second.a);
        if (Number.isInteger(factor) && factor * first.b * second.b === b) {
          return times(factor, times(first.dimension, second.dimension));
        }
      }
    }
    return undefined;
  }

  #sum(a: number, b: number): Dimension | undefined {
    for (const first of this.#sizes) {
      for (const second of this.#sizes) {
        if (first.a + second.a === a && first.b + second.b === b) return plus(first.dimension, second.dimension);
        if (first.a - second.a === a && first.b - second.b === b) return minus(first.dimension, second.dimension);
      }
    }
    return undefined;
  }

  #affine(a: number, b: number): Dimension | undefined {
    for (const size of this.#sizes) {
      const factor = (a - b) / (size.a - size.b);
      if (Number.isInteger(factor)) return plus(times(factor, size.dimension), a - factor * size.a);
    }
    return undefined;
  }
}

type Form = readonly [name: string, of: (x: number, y: number) => number];

const FORMS: readonly Form[] = [
  ['x', (x) => x],
  ['1/x', (x) => 1 / x],
  ['x-1', (x) => x - 1],
  ['1/(x-1)', (x) => 1 / (x - 1)],
  ['x/(x-1)', (x) => x / (x - 1)],
  ['(x-1)/x', (x) => (x - 1) / x],
  ['sqrt(x)', (x) => Math.sqrt(x)],
  ['1/sqrt(x)', (x) => 1 / Math.sqrt(x)],
  ['log(x)', (x) => Math.log(x)],
];

const PAIR_FORMS: readonly Form[] = [
  ['x*y', (x, y) => x * y],
  ['1/(x*y)', (x, y) => 1 / (x * y)],
  ['x/y', (x, y) => x / y],
  ['x-y', (x, y) => x - y],
];

/** Two float32 roundings apart at most. */
const TOLERANCE = 2.5e-7;

/** The constant that both traces agree on, as a whole number or a whole number's inverse where it is that close. */
function commonFactor(a: number, b: number): number | undefined {
  if (!Number.isFinite(a) || a === 0 || Math.abs(b / a - 1) > TOLERANCE) return undefined;
  const factor = (a + b) / 2;
  const whole = Math.round(factor);
  if (whole !== 0 && Math.abs(factor / whole - 1) < TOLERANCE) return whole;
  const inverse = Math.round(1 / factor);
  if (inverse !== 0 && Math.abs(factor * inverse - 1) < TOLERANCE) return 1 / inverse;
  return factor;
}

function scaled(factor: number, form: string, sizes: readonly Dimension[], of: Form[1]): Dimension {
  const key = `${factor}*${form}[${sizes.map(dimensionKey).join('; ')}]`;
  return derived(key, sizes, ([x, y]) => factor * of(x!, y ?? 0));
}
