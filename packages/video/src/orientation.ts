/** Clockwise quarter turns, in degrees. */
export type Rotation = 0 | 90 | 180 | 270;

/** How a stored picture is brought upright: one of the eight ways to lay a rectangle. */
export interface Orientation {
  /** First mirrored, left to right. */
  mirrored: boolean;
  /** Then turned clockwise. */
  rotation: Rotation;
}

/** Sine of the angle by which a matrix may miss a whole quarter turn: 1 degree, as FFmpeg has it. */
const TOLERANCE = 0.0175;

/**
 * What a container's display matrix asks for: nine numbers by rows, of which the first two of the first two rows say
 * where the picture's right and its lower side point to (x to the right, y down). What the sides are stretched by only
 * counts for the shape of the pixels, which no decoder here applies. Matrices that turn by less than a quarter, or
 * shear, leave the picture as it is stored, and so does none.
 */
export function matrixOrientation(matrix: ArrayLike<number> | undefined): Orientation {
  const right = matrix && quarterOf(matrix[0]!, matrix[1]!);
  const down = matrix && quarterOf(matrix[3]!, matrix[4]!);
  if (right === undefined || down === undefined) return { mirrored: false, rotation: 0 };
  switch ((down - right + 360) % 360) {
    case 90:
      return { mirrored: false, rotation: right };
    case 270:
      return { mirrored: true, rotation: ((right + 180) % 360) as Rotation };
    default:
      return { mirrored: false, rotation: 0 };
  }
}

/** The clockwise angle of a direction along an axis: 0 for the right, 90 for down. */
function quarterOf(x: number, y: number): Rotation | undefined {
  const reach = TOLERANCE * Math.hypot(x, y);
  if (Math.abs(x) > reach && Math.abs(y) <= reach) return x > 0 ? 0 : 180;
  if (Math.abs(y) > reach && Math.abs(x) <= reach) return y > 0 ? 90 : 270;
  return undefined;
}

/** Whether the picture is upright as it is stored. */
export function isUpright({ mirrored, rotation }: Orientation): boolean {
  return !mirrored && rotation === 0;
}

/** Whether width and height change places. */
export function swapsSides({ rotation }: Orientation): boolean {
  return rotation === 90 || rotation === 270;
}

/**
 * Brings one RGB picture [height, width, 3] upright into `out` from `outOffset` on: [width, height, 3] for a quarter or
 * three quarters, [height, width, 3] otherwise. Source and target must not overlap.
 */
export function orientRgb(
  source: Uint8Array,
  height: number,
  width: number,
  orientation: Orientation,
  out: Uint8Array,
  outOffset: number,
): void {
  const { mirrored, rotation } = orientation;
  const outWidth = swapsSides(orientation) ? height : width;
  // How far the target moves for one column and one row of the picture that is only to be turned, and where it begins.
  const columnStep = { 0: 1, 90: outWidth, 180: -1, 270: -outWidth }[rotation];
  const rowStep = { 0: outWidth, 90: -1, 180: -outWidth, 270: 1 }[rotation];
  const corner = Math.max(0, -columnStep * (width - 1)) + Math.max(0, -rowStep * (height - 1));
  const origin = mirrored ? corner + columnStep * (width - 1) : corner;
  const perColumn = mirrored ? -columnStep : columnStep;
  let s = 0;
  for (let row = 0; row < height; row++) {
    let target = outOffset + (origin + row * rowStep) * 3;
    for (let column = 0; column < width; column++) {
      out[target] = source[s]!;
      out[target + 1] = source[s + 1]!;
      out[target + 2] = source[s + 2]!;
      s += 3;
      target += perColumn * 3;
    }
  }
}
