/** Clockwise quarter turns that bring a stored picture upright. */
export type Rotation = 0 | 90 | 180 | 270;

/** The nearest whole quarter turn for an angle in degrees (clockwise positive); 0 for angles in between. */
export function quarterTurn(degreesClockwise: number): Rotation {
  const turned = ((Math.round(degreesClockwise) % 360) + 360) % 360;
  for (const rotation of [90, 180, 270] as const) if (Math.abs(turned - rotation) <= 1) return rotation;
  return 0;
}

/**
 * Turns one RGB picture [height, width, 3] clockwise into `out` from `outOffset` on: [width, height, 3] for a quarter
 * or three quarters, [height, width, 3] otherwise. Source and target must not overlap.
 */
export function rotateRgb(
  source: Uint8Array,
  height: number,
  width: number,
  rotation: Rotation,
  out: Uint8Array,
  outOffset: number,
): void {
  if (rotation === 0) {
    out.set(source.subarray(0, height * width * 3), outOffset);
    return;
  }
  const outWidth = rotation === 180 ? width : height;
  // Where source pixel (0, 0) lands, and how far the target moves for one source column and one source row.
  const origin = rotation === 90 ? height - 1 : rotation === 180 ? height * width - 1 : (width - 1) * outWidth;
  const perColumn = rotation === 90 ? outWidth : rotation === 180 ? -1 : -outWidth;
  const perRow = rotation === 90 ? -1 : rotation === 180 ? -width : 1;
  let s = 0;
  for (let row = 0; row < height; row++) {
    let target = outOffset + (origin + row * perRow) * 3;
    for (let column = 0; column < width; column++) {
      out[target] = source[s]!;
      out[target + 1] = source[s + 1]!;
      out[target + 2] = source[s + 2]!;
      s += 3;
      target += perColumn * 3;
    }
  }
}
