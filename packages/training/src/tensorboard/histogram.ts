/** A distribution as TensorBoard stores it: `counts[i]` values lie at or below `limits[i]` and above the limit before. */
export interface Histogram {
  min: number;
  max: number;
  count: number;
  sum: number;
  sumOfSquares: number;
  limits: number[];
  counts: number[];
}

/**
 * Counts values in equal bins between the smallest and the largest. Values that are not finite are left out.
 *
 * @param bins at least 1; a constant distribution has one bin
 */
export function histogramOf(values: ArrayLike<number>, bins = 64): Histogram {
  let [min, max, count, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    count += 1;
    sum += value;
    sumOfSquares += value * value;
  }
  if (count === 0) return { min: 0, max: 0, count: 0, sum: 0, sumOfSquares: 0, limits: [0], counts: [0] };
  const used = max > min ? bins : 1;
  const width = (max - min) / used;
  const counts = new Array<number>(used).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    const bin = width > 0 ? Math.min(used - 1, Math.floor((value - min) / width)) : 0;
    counts[bin]! += 1;
  }
  const limits = counts.map((_, i) => (i === used - 1 ? max : min + width * (i + 1)));
  return { min, max, count, sum, sumOfSquares, limits, counts };
}
