/** Mean and standard deviation of each colour channel, in units of 0..255. */
export interface Normalization {
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/** ImageNet's statistics, which every model of the reference uses. */
export const imagenetNormalization: Normalization = {
  mean: [255 * 0.485, 255 * 0.456, 255 * 0.406],
  std: [255 * 0.229, 255 * 0.224, 255 * 0.225],
};

/** Leaves values as they are, 0..255. */
export const noNormalization: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };

/** (value - mean) / std as value · scale + shift, per channel. */
export function channelScaling({ mean, std }: Normalization): { scale: number[]; shift: number[] } {
  return { scale: std.map((value) => 1 / value), shift: mean.map((value, c) => -value / std[c]!) };
}
