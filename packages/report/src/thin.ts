/** Steps as the report draws them: neighbours joined so that at most `most` remain. */
export class Thinning {
  readonly #edges: number[];

  constructor(count: number, most: number) {
    const bins = Math.min(count, most);
    this.#edges = Array.from({ length: bins + 1 }, (_, i) => Math.round((i * count) / bins));
  }

  /** The last value of each bin. */
  last<Value>(values: readonly Value[]): Value[] {
    return this.#edges.slice(1).map((end) => values[end - 1]!);
  }

  /** The mean of each bin's finite values; null for a bin without any. */
  means(values: readonly (number | null | undefined)[]): (number | null)[] {
    return this.#edges.slice(1).map((end, i) => {
      const finite = values.slice(this.#edges[i]!, end).filter((value) => Number.isFinite(value)) as number[];
      if (finite.length === 0) return null;
      return significant(finite.reduce((sum, value) => sum + value, 0) / finite.length);
    });
  }
}

/** A moving average over `radius` neighbours on either side; null stays null. */
export function smoothed(values: readonly (number | null)[], radius: number): (number | null)[] {
  return values.map((value, i) => {
    if (value === null) return null;
    // Near the ends the window shrinks on both sides, so that the curve does not bend.
    const reach = Math.min(radius, i, values.length - 1 - i);
    const near = values.slice(i - reach, i + reach + 1).filter((one) => one !== null);
    return significant(near.reduce((sum, one) => sum + one, 0) / near.length);
  });
}

/** Six significant digits: more cannot be seen and would make the page large. */
function significant(value: number): number {
  return Number(value.toPrecision(6));
}
