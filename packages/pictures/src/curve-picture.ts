import { createPicture, fillRectangle, type Rgb, type RgbPicture } from './rgb-picture.js';

/** A curve over time steps; where there is no number there is no curve. */
export interface Curve {
  values: readonly (number | undefined)[];
  color: Rgb;
  /** Whether the area below is tinted, too. Default false. */
  filled?: boolean | undefined;
}

const BACKGROUND: Rgb = [246, 246, 246];
const MARKER: Rgb = [120, 120, 120];
const LINE = 2;
/** Of the height is left free above the highest value. */
const HEADROOM = 0.06;

/**
 * Curves from 0 at the bottom to a little above the highest of their values, a time step's value in the middle of its share of
 * the width, joined by straight lines.
 *
 * @param marked a time step to mark with an upright line
 */
export function curvePicture(
  { width, height }: { width: number; height: number },
  curves: readonly Curve[],
  marked?: number,
): RgbPicture {
  const picture = createPicture(width, height, BACKGROUND);
  const values = curves.flatMap((curve) => curve.values.filter((value) => value !== undefined));
  const highest = Math.max(...values, 0);
  const steps = Math.max(...curves.map((curve) => curve.values.length));
  if (marked !== undefined) {
    const x = Math.round(((marked + 0.5) / steps) * width) - 1;
    fillRectangle(picture, { x, y: 0, width: LINE, height }, MARKER);
  }
  if (highest === 0) return picture;
  const lineOf = (value: number) => Math.round((height - LINE) * (1 - ((1 - HEADROOM) * value) / highest));
  for (const { values: own, color, filled } of curves) {
    let before: number | undefined;
    for (let x = 0; x < width; x++) {
      const value = interpolated(own, ((x + 0.5) / width) * own.length - 0.5);
      const y = value === undefined ? undefined : lineOf(value);
      if (y !== undefined) {
        if (filled) fillRectangle(picture, { x, y, width: 1, height: height - y }, color, 0.25);
        const [top, bottom] = [Math.min(y, before ?? y), Math.max(y, before ?? y)];
        fillRectangle(picture, { x, y: top, width: 1, height: bottom - top + LINE }, color);
      }
      before = y;
    }
  }
  return picture;
}

/** The value at a place between two steps; that of the nearest step where only one of the two has any. */
function interpolated(values: readonly (number | undefined)[], at: number): number | undefined {
  const place = Math.min(values.length - 1, Math.max(0, at));
  const [left, right] = [values[Math.floor(place)], values[Math.ceil(place)]];
  if (left !== undefined && right !== undefined) return left + (right - left) * (place - Math.floor(place));
  return values[Math.round(place)];
}
