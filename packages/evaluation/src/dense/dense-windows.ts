import { fixedPointResize, type RgbFrames, type Sides } from '@vjepa/video';
import { covering } from './dense-crop.js';

/** How a picture of any size is seen through windows of one size. */
export interface DenseWindows {
  /** The picture's size for it, in whole patches; it covers the window, with one side equal. */
  resized: Sides;
  /** Top left corners of the windows, in pixels: whole patches, so that windows' patches meet. */
  places: { top: number; left: number }[];
}

/** Windows that overlap by a third at least; the last ends where the picture does. */
export function denseWindows(picture: Sides, size: Sides, patchSize: number): DenseWindows {
  const close = covering(picture, size);
  const patches = (length: number) => Math.max(1, Math.round(length / patchSize)) * patchSize;
  const resized = {
    height: Math.max(size.height, patches(close.height)),
    width: Math.max(size.width, patches(close.width)),
  };
  const starts = (whole: number, window: number) => {
    const stride = Math.max(1, Math.floor((2 * window) / 3 / patchSize)) * patchSize;
    const count = Math.ceil((whole - window) / stride) + 1;
    return Array.from({ length: count }, (_, i) => Math.min(i * stride, whole - window));
  };
  const lefts = starts(resized.width, size.width);
  const places = starts(resized.height, size.height).flatMap((top) => lefts.map((left) => ({ top, left })));
  return { resized, places };
}

/** The pixels of one window, RGB 0..255: [H, W, 3]. */
export function windowPixels(
  picture: RgbFrames,
  { resized }: DenseWindows,
  place: { top: number; left: number },
  size: Sides,
): Uint8Array {
  return fixedPointResize(picture, resized, { ...place, ...size }).data;
}

/** What windows say of the cells of a picture, each cell the mean of those that see it. */
export class MergedMap {
  readonly size: Sides;
  readonly #sums: Float32Array;
  readonly #counts: Float32Array;
  readonly #values: number;

  /**
   * @param size cells of the whole picture
   * @param values of a cell
   */
  constructor(size: Sides, values: number) {
    this.size = size;
    this.#values = values;
    this.#sums = new Float32Array(size.height * size.width * values);
    this.#counts = new Float32Array(size.height * size.width);
  }

  /** @param map [h, w, C] of the window whose first cell is at (top, left) */
  add(map: Float32Array, window: Sides, { top, left }: { top: number; left: number }): void {
    const C = this.#values;
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        const cell = (top + y) * this.size.width + left + x;
        this.#counts[cell]!++;
        const from = (y * window.width + x) * C;
        for (let c = 0; c < C; c++) this.#sums[cell * C + c]! += map[from + c]!;
      }
    }
  }

  /** [H, W, C] */
  mean(): Float32Array {
    return this.#sums.map((sum, i) => sum / this.#counts[Math.floor(i / this.#values)]!);
  }
}
