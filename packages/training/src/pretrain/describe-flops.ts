/**
 * How much of a model is computed a second, such as `92.4 GFLOP/s`, and the share of the devices' peak where that is known:
 * `312 TFLOP/s, 32 % of the peak`.
 *
 * @param utilization the share, 0..1
 */
export function describeFlops(flopsPerSecond: number, utilization?: number): string {
  const [unit, name] = flopsPerSecond >= 1e12 ? [1e12, 'TFLOP/s'] : [1e9, 'GFLOP/s'];
  const share = utilization === undefined ? '' : `, ${(100 * utilization).toFixed(0)} % of the peak`;
  return `${Number((flopsPerSecond / unit).toPrecision(3))} ${name}${share}`;
}
