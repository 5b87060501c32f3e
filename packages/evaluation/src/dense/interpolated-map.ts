import { bilinearTaps } from '@vjepa/probe';

/** Rows and columns. */
export interface MapSize {
  height: number;
  width: number;
}

/**
 * Rows of a map of C values a place, interpolated to another size as `upsampleBilinear` of @vjepa/probe does. Each row is good
 * until the next one.
 *
 * @param map [h, w, C]
 * @returns [W * C], H times
 */
function* interpolatedRows(map: Float32Array, from: MapSize, to: MapSize): Generator<Float32Array> {
  const C = map.length / (from.height * from.width);
  const between = new Float32Array(from.width * C);
  const row = new Float32Array(to.width * C);
  const across = bilinearTaps(from.width, to.width);
  for (const { low, high, share } of bilinearTaps(from.height, to.height)) {
    const [above, below] = [low * from.width * C, high * from.width * C];
    for (let i = 0; i < between.length; i++) {
      const value = map[above + i]!;
      between[i] = value + share * (map[below + i]! - value);
    }
    for (let x = 0; x < to.width; x++) {
      const tap = across[x]!;
      const [left, right] = [tap.low * C, tap.high * C];
      for (let c = 0; c < C; c++) {
        const value = between[left + c]!;
        row[x * C + c] = value + tap.share * (between[right + c]! - value);
      }
    }
    yield row;
  }
}

/** All values of an interpolated map: [h, w, C] -> [H, W, C]. */
export function interpolatedMap(map: Float32Array, from: MapSize, to: MapSize): Float32Array {
  const values = new Float32Array((map.length / (from.height * from.width)) * to.height * to.width);
  let at = 0;
  for (const row of interpolatedRows(map, from, to)) {
    values.set(row, at);
    at += row.length;
  }
  return values;
}

/** The class with the largest score at each place of an interpolated map: [h, w, C] -> [H, W], the first of equals. */
export function interpolatedClasses(map: Float32Array, from: MapSize, to: MapSize): Uint8Array {
  const C = map.length / (from.height * from.width);
  const classes = new Uint8Array(to.height * to.width);
  let at = 0;
  for (const row of interpolatedRows(map, from, to)) {
    for (let x = 0; x < to.width; x++, at++) {
      let best = x * C;
      for (let i = best + 1; i < (x + 1) * C; i++) if (row[i]! > row[best]!) best = i;
      classes[at] = best - x * C;
    }
  }
  return classes;
}
