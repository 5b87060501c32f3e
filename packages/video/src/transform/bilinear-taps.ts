/** The two source positions of each output position and the second one's weight. */
export interface BilinearTaps {
  first: Int32Array;
  second: Int32Array;
  weight: Float32Array;
}

/** Positions of a bilinear resize without antialiasing, pixel centres at half integers. */
export function bilinearTaps(from: number, to: number): BilinearTaps {
  const taps = { first: new Int32Array(to), second: new Int32Array(to), weight: new Float32Array(to) };
  // In float32, as the reference computes positions.
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const first = Math.min(Math.trunc(position), from - 1);
    taps.first[i] = first;
    taps.second[i] = Math.min(first + 1, from - 1);
    taps.weight[i] = position - first;
  }
  return taps;
}
