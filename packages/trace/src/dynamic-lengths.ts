import { DataType } from './data-type.js';
import type { TensorSpec } from './recorder.js';
import type { Specs } from './trace-function.js';

/**
 * Which axes of which inputs change from call to call: for each input one entry per axis, `null` for a fixed size, or
 * the name of a length. Axes with the same name always have the same length.
 *
 * @example { 'context.0': [null, 'context.0'], 'target.0': [null, 'target.0'] }
 */
export type DynamicAxes = Readonly<Record<string, readonly (string | null)[]>>;

/** All axes but the first of inputs that hold indices (int32 of rank 2 or more): masks differ in length every step. */
export function defaultDynamicAxes(inputs: Specs): DynamicAxes {
  const indices = Object.entries(inputs).filter(([, { dtype, shape }]) => dtype === DataType.INT32 && shape.length > 1);
  return Object.fromEntries(
    indices.map(([name, { shape }]) => [name, shape.map((_, axis) => (axis === 0 ? null : `${name}:${axis}`))]),
  );
}

/** The lengths of one set of inputs, in the order of their first appearance. */
export class DynamicLengths {
  readonly #axes: DynamicAxes;
  readonly names: readonly string[];

  constructor(axes: DynamicAxes) {
    this.#axes = axes;
    this.names = [...new Set(Object.values(axes).flat())].filter((name) => name !== null);
  }

  /** What each length is in these inputs. Throws an Error if one name stands for two different sizes. */
  measure(inputs: Specs): number[] {
    const lengths = new Map<string, number>();
    for (const [input, axes] of Object.entries(this.#axes)) {
      const shape = inputs[input]?.shape;
      if (shape === undefined) continue;
      if (shape.length !== axes.length) {
        throw new Error(`input '${input}' has shape [${shape}]; its dynamic axes are given for rank ${axes.length}`);
      }
      for (const [axis, name] of axes.entries()) {
        if (name === null) continue;
        const known = lengths.get(name);
        if (known !== undefined && known !== shape[axis]) {
          throw new Error(
            `length '${name}' is ${shape[axis]} in axis ${axis} of input '${input}', but ${known} before`,
          );
        }
        lengths.set(name, shape[axis]!);
      }
    }
    return this.names.map((name) => lengths.get(name) ?? 0);
  }

  /** The inputs as they would be with other lengths. */
  withLengths(inputs: Specs, lengths: readonly number[]): Specs {
    return this.#map(inputs, (name) => lengths[this.names.indexOf(name)]!);
  }

  /** What two sets of inputs that differ in dynamic lengths only have in common. */
  signature(inputs: Specs): string {
    return JSON.stringify(this.#map(inputs, (name) => name as unknown as number));
  }

  #map(inputs: Specs, size: (name: string) => number): Specs {
    const entries = Object.entries(inputs).map(([input, spec]): [string, TensorSpec] => {
      const axes = this.#axes[input];
      if (axes === undefined) return [input, spec];
      const shape = spec.shape.map((fixed, axis) => {
        const name = axes[axis] ?? null;
        return name === null ? fixed : size(name);
      });
      return [input, { ...spec, shape }];
    });
    return Object.fromEntries(entries);
  }
}

/**
 * Lengths to trace with: distinct primes, larger than most sizes models have and far from one another, so that a number
 * that depends on one is recognised for what it is. Three sets for three traces, no two in proportion.
 */
export function tracingLengths(count: number, trace: 0 | 1 | 2): number[] {
  const primes = PRIMES[trace];
  if (count > primes.length)
    throw new Error(`at most ${primes.length} dynamic lengths can be told apart, not ${count}`);
  return primes.slice(0, count);
}

const PRIMES = [
  [1009, 1117, 1237, 1367, 1511, 1667, 1847, 2039, 2251, 2503, 2753, 3041, 3371, 3719, 4111, 4547],
  [1049, 1723, 2851, 4703, 1559, 2579, 4253, 1409, 2333, 3847, 1277, 2111, 3491, 1153, 1907, 3163],
  [1087, 3251, 1973, 1193, 3607, 2179, 1319, 3989, 2411, 1459, 4397, 2663, 1613, 4861, 2953, 1783],
] as const;
