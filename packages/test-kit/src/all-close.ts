import { expect } from 'vitest';

/** Numbers in any form: nested lists, typed arrays, `{ shape, data }`, or a tensor of TensorFlow.js. */
export type Numeric = number | bigint | readonly Numeric[] | NumericArray | Shaped | TensorLike;

type NumericArray = ArrayBufferView & ArrayLike<number | bigint>;

interface Shaped {
  readonly shape: readonly number[];
  readonly data: ArrayLike<unknown>;
}

interface TensorLike {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/** How far values may be from those expected: by `atol + rtol |expected| + ofLargest max |expected|`. */
export interface Tolerance {
  /** Relative to each expected value; 1e-5 unless another tolerance is given. */
  rtol?: number | undefined;
  /** Absolute; 0 by default. */
  atol?: number | undefined;
  /** Relative to the largest magnitude expected, for sums whose terms cancel; 0 by default. */
  ofLargest?: number | undefined;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter has to be named and constrained as vitest's is
  interface Matchers<T = any> {
    /**
     * All values are close to those expected, and shapes are the same. A typed array has no shape of its own: only its
     * length counts. NaN is close to nothing; an infinity only to itself.
     */
    toBeAllClose(expected: Numeric, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllClose(actual: Numeric, expected: Numeric, tolerance: Tolerance = {}) {
    const problem = describeDifference(actual, expected, tolerance);
    return {
      pass: problem === undefined,
      message: () => problem ?? 'expected values that are not all close, found all close',
    };
  },
});

/** What keeps values from being close to those expected, in words; undefined where nothing does. */
export function describeDifference(actual: Numeric, expected: Numeric, tolerance: Tolerance): string | undefined {
  const found = flatten(actual);
  const wanted = flatten(expected);
  if (found.shape && wanted.shape && `${found.shape}` !== `${wanted.shape}`) {
    return `shape [${found.shape.join(', ')}], expected [${wanted.shape.join(', ')}]`;
  }
  if (found.values.length !== wanted.values.length) {
    return `${found.values.length} values, expected ${wanted.values.length}`;
  }
  const { atol = 0, ofLargest = 0 } = tolerance;
  const { rtol = tolerance.atol === undefined && tolerance.ofLargest === undefined ? 1e-5 : 0 } = tolerance;
  const magnitude = wanted.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const isClose = (value: number, to: number) => {
    const apart = distance(value, to);
    return apart === 0 || (Number.isFinite(to) && apart <= atol + rtol * Math.abs(to) + ofLargest * magnitude);
  };
  const apart: number[] = [];
  for (const [i, value] of found.values.entries()) if (!isClose(value, wanted.values[i]!)) apart.push(i);
  if (apart.length === 0) return undefined;
  const at = (i: number) => {
    const index = indexOf(i, found.shape ?? wanted.shape ?? [found.values.length]);
    return `at [${index.join(', ')}]: found ${found.values[i]}, expected ${wanted.values[i]}`;
  };
  const lines = [
    `${apart.length} of ${found.values.length} values are not within ${allowance({ rtol, atol, ofLargest })}`,
  ];
  const distances = apart.map((i) => distance(found.values[i]!, wanted.values[i]!));
  const numbers = apart.filter((_, k) => !Number.isNaN(distances[k]));
  if (numbers.length > 0) {
    const largest = Math.max(...distances.filter((value) => !Number.isNaN(value)));
    const place = apart[distances.indexOf(largest)]!;
    lines.push(`largest difference ${largest.toPrecision(3)} ${at(place)}`);
  }
  const first = apart.find((_, k) => Number.isNaN(distances[k]));
  if (first !== undefined) lines.push(`${apart.length - numbers.length} with NaN, the first ${at(first)}`);
  return lines.join('\n');
}

/** Equal infinities are no distance apart; with NaN the distance is NaN. */
function distance(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b);
}

function allowance({ rtol, atol, ofLargest }: Record<keyof Tolerance, number>): string {
  const terms = [
    ...(atol > 0 ? [`${atol}`] : []),
    ...(rtol > 0 ? [`${rtol} |expected|`] : []),
    ...(ofLargest > 0 ? [`${ofLargest} max |expected|`] : []),
  ];
  return terms.length > 0 ? terms.join(' + ') : '0';
}

function flatten(value: Numeric): { values: number[]; shape?: readonly number[] } {
  if (typeof value === 'number' || typeof value === 'bigint') return { values: [Number(value)], shape: [] };
  if (ArrayBuffer.isView(value)) return { values: Array.from(value as NumericArray, Number) };
  if (isList(value)) {
    const parts = value.map((part) => flatten(part));
    const shapeOf = (part: (typeof parts)[number]) => part.shape ?? [part.values.length];
    const inner = parts[0] ? shapeOf(parts[0]) : [];
    for (const shape of parts.map(shapeOf)) {
      if (`${shape}` !== `${inner}`) throw new TypeError(`a list of [${inner}] and [${shape}] is no array of numbers`);
    }
    return { values: parts.flatMap((part) => part.values), shape: [value.length, ...inner] };
  }
  const data = 'dataSync' in value ? value.dataSync() : value.data;
  return { values: Array.from(data, Number), shape: value.shape };
}

function isList(value: object): value is readonly Numeric[] {
  return Array.isArray(value);
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (const length of [...shape].reverse()) {
    index.unshift(flat % length);
    flat = Math.floor(flat / length);
  }
  return index;
}
