/**
 * How much of a model is computed a second, such as `92.4 GFLOP/s`, and where the devices' peak is known the share of it:
 * `312 TFLOP/s, 32 % of the peak`.
 */
export function describeFlops(flopsPerSecond: number, peak?: number): string {
  const [unit, name] = flopsPerSecond >= 1e12 ? [1e12, 'TFLOP/s'] : [1e9, 'GFLOP/s'];
  const share = peak === undefined ? '' : `, ${((100 * flopsPerSecond) / peak).toFixed(0)} % of the peak`;
  return `${Number((flopsPerSecond / unit).toPrecision(3))} ${name}${share}`;
}
