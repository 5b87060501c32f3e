/** Maps values from the 1st to the 99th percentile of some to 0..255; to 128 where these are the same. */
export function stretch(of: ArrayLike<number>): (value: number) => number {
  const values = Float64Array.from(of).sort();
  const at = (share: number) => values[Math.round(share * (values.length - 1))]!;
  const [low, high] = [at(0.01), at(0.99)];
  return (value) =>
    high > low ? Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / (high - low)) : 128;
}
