/** Operands of products, as far as a GPU's speed depends on them. */
export type ProductOperands = 'bfloat16' | 'TF32' | 'float32';

/**
 * Dense peaks in TFLOP/s by NVIDIA's data sheets, in the order bfloat16 (accumulated in float32), TF32, float32. The first
 * name that a GPU's own contains counts, so longer names stand first.
 */
const PEAKS: readonly (readonly [name: string, bfloat16: number, tf32: number, float32: number])[] = [
  ['B200', 2250, 1125, 75],
  ['GH200', 989, 495, 67],
  ['H200', 989, 495, 67],
  ['H100 PCIe', 756, 378, 51],
  ['H100 NVL', 835, 418, 60],
  ['H100', 989, 495, 67],
  ['A100', 312, 156, 19.5],
  ['L40S', 362, 183, 91.6],
  ['L40', 181, 90.5, 90.5],
  ['L4', 121, 60, 30.3],
  ['A40', 149.7, 74.8, 37.4],
  ['A30', 165, 82, 10.3],
  ['A10G', 70, 35, 31.2],
  ['A10', 125, 62.5, 31.2],
  ['RTX A6000', 154.8, 77.4, 38.7],
  ['RTX 5090', 209.5, 104.8, 104.8],
  ['RTX 4090', 165.2, 82.6, 82.6],
  ['RTX 3090', 71, 35.6, 35.6],
];

/**
 * What a GPU can do at most, in floating-point operations a second. Undefined where it is not known.
 *
 * @param name as the driver says it, such as `NVIDIA H200`
 */
export function gpuPeakFlops(name: string, operands: ProductOperands): number | undefined {
  const found = PEAKS.find(([gpu]) => new RegExp(`\\b${gpu}\\b`).test(name));
  if (found === undefined) return undefined;
  const [, bfloat16, tf32, float32] = found;
  return 1e12 * { bfloat16, TF32: tf32, float32 }[operands];
}

/** Of GPUs that share a batch, together. Undefined where one of them is not known. */
export function gpusPeakFlops(names: readonly string[], operands: ProductOperands): number | undefined {
  const peaks = names.map((name) => gpuPeakFlops(name, operands));
  return peaks.reduce((sum, peak) => (sum === undefined || peak === undefined ? undefined : sum + peak), 0);
}
