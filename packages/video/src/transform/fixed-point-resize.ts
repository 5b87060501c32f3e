import type { RgbFrames } from '../rgb-frames.js';
import type { CropBox } from './crop-box.js';
import { roundHalfToEven } from './round-half-to-even.js';

const WEIGHT_ONE = 1 << 11;

/**
 * Resizes every frame to `height` by `width` and returns a window of the result: bilinear on bytes with pixel centres
 * at half integers, no antialiasing, and weights of 11 fractional bits, equal value for value to OpenCV's
 * `INTER_LINEAR`. Only the window's pixels are computed.
 */
export function fixedPointResize(
  frames: RgbFrames,
  { height, width }: { height: number; width: number },
  window: CropBox = { top: 0, left: 0, height, width },
): RgbFrames {
  const data = new Uint8Array(frames.frames * window.height * window.width * 3);
  const rows = fixedPointTaps(frames.height, height, window.top, window.height);
  const columns = fixedPointTaps(frames.width, width, window.left, window.width);
  dropOutsideWeights(columns, frames.width);
  const rowLength = window.width * 3;
  const cache = new RowCache(frames, columns, rowLength);
  for (let t = 0, offset = 0; t < frames.frames; t++) {
    cache.startFrame(t);
    for (let y = 0; y < window.height; y++, offset += rowLength) {
      const upper = cache.row(Math.min(Math.max(rows.position[y]!, 0), frames.height - 1));
      const lower = cache.row(Math.min(Math.max(rows.position[y]! + 1, 0), frames.height - 1));
      blendRows(upper, lower, rows.firstWeight[y]!, rows.secondWeight[y]!, data, offset);
    }
  }
  return { data, frames: frames.frames, height: window.height, width: window.width };
}

/** For each output position: the source position, which may be -1, and the weights of it and of the next. */
interface FixedPointTaps {
  position: Int32Array;
  firstWeight: Int32Array;
  secondWeight: Int32Array;
}

function fixedPointTaps(from: number, to: number, start: number, count: number): FixedPointTaps {
  const taps = {
    position: new Int32Array(count),
    firstWeight: new Int32Array(count),
    secondWeight: new Int32Array(count),
  };
  const scale = 1 / (to / from);
  for (let i = 0; i < count; i++) {
    const center = Math.fround((start + i + 0.5) * scale - 0.5);
    const position = Math.floor(center);
    const fraction = Math.fround(center - position);
    taps.position[i] = position;
    taps.firstWeight[i] = roundHalfToEven(Math.fround(1 - fraction) * WEIGHT_ONE);
    taps.secondWeight[i] = roundHalfToEven(fraction * WEIGHT_ONE);
  }
  return taps;
}

/** Columns beyond the first or last pixel centre take that pixel alone. Rows blend the border row with itself. */
function dropOutsideWeights(taps: FixedPointTaps, size: number): void {
  for (let i = 0; i < taps.position.length; i++) {
    if (taps.position[i]! >= 0 && taps.position[i]! < size - 1) continue;
    taps.position[i] = taps.position[i]! < 0 ? 0 : size - 1;
    taps.firstWeight[i] = WEIGHT_ONE;
    taps.secondWeight[i] = 0;
  }
}

/** The last two horizontally resized rows of a frame; neighbouring output rows share them. */
class RowCache {
  readonly #frames: RgbFrames;
  readonly #columns: FixedPointTaps;
  #recent: { y: number; values: Int32Array };
  #older: { y: number; values: Int32Array };
  #frameOffset = 0;

  constructor(frames: RgbFrames, columns: FixedPointTaps, rowLength: number) {
    this.#frames = frames;
    this.#columns = columns;
    this.#recent = { y: -1, values: new Int32Array(rowLength) };
    this.#older = { y: -1, values: new Int32Array(rowLength) };
  }

  startFrame(frame: number): void {
    this.#frameOffset = frame * this.#frames.height * this.#frames.width * 3;
    this.#recent.y = -1;
    this.#older.y = -1;
  }

  row(y: number): Int32Array {
    if (this.#recent.y === y) return this.#recent.values;
    [this.#recent, this.#older] = [this.#older, this.#recent];
    if (this.#recent.y !== y) {
      const offset = this.#frameOffset + y * this.#frames.width * 3;
      resizeRow(this.#frames.data, offset, this.#columns, this.#frames.width, this.#recent.values);
      this.#recent.y = y;
    }
    return this.#recent.values;
  }
}

function resizeRow(data: Uint8Array, offset: number, columns: FixedPointTaps, width: number, row: Int32Array): void {
  const { position, firstWeight, secondWeight } = columns;
  for (let x = 0, i = 0; x < position.length; x++, i += 3) {
    const first = offset + position[x]! * 3;
    const second = offset + Math.min(position[x]! + 1, width - 1) * 3;
    const a = firstWeight[x]!;
    const b = secondWeight[x]!;
    row[i] = data[first]! * a + data[second]! * b;
    row[i + 1] = data[first + 1]! * a + data[second + 1]! * b;
    row[i + 2] = data[first + 2]! * a + data[second + 2]! * b;
  }
}

function blendRows(upper: Int32Array, lower: Int32Array, a: number, b: number, data: Uint8Array, offset: number): void {
  for (let i = 0; i < upper.length; i++) {
    data[offset + i] = ((((upper[i]! >> 4) * a) >> 16) + (((lower[i]! >> 4) * b) >> 16) + 2) >> 2;
  }
}
