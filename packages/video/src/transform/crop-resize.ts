import type { RgbFrames } from '../rgb-frames.js';
import { type BilinearTaps, bilinearTaps } from './bilinear-taps.js';
import { type ClipBuffer, requireClipLength } from './clip-buffer.js';
import { type CropBox, requireBoxInside } from './crop-box.js';
import { channelScaling, imagenetNormalization, type Normalization } from './normalization.js';

/** How {@link cropResize} scales and normalises. */
export interface CropResizeOptions {
  /** Mirror the result left to right. Default false. */
  flip?: boolean | undefined;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/**
 * Cuts a box out of every frame and resizes it to `size` by `size` pixels: bilinear, pixel centres at half integers,
 * no antialiasing, as the reference does in pretraining (large boxes alias).
 *
 * @param boxes one box for all frames, or one per frame
 * @param output receives the clip in the form its kind stands for, see `ClipBuffer`
 * @throws RangeError when a box reaches outside the frame, is empty, or the output has another length
 */
export function cropResize<Output extends ClipBuffer>(
  frames: RgbFrames,
  boxes: CropBox | readonly CropBox[],
  size: number,
  output: Output,
  { flip = false, normalization }: CropResizeOptions = {},
): Output {
  requireClipLength(output, frames.frames, size);
  const list = Array.isArray(boxes) ? (boxes as readonly CropBox[]) : [boxes as CropBox];
  if (list.length !== 1 && list.length !== frames.frames) {
    throw new RangeError(`expected one crop box or one per frame (${frames.frames}), found ${list.length}`);
  }
  for (const box of list) requireBoxInside(box, frames);
  const target = rowTarget(output, frames.frames, size, normalization);
  const resizers = list.map((box) => boxResizer(frames, box, size, flip));
  for (let t = 0; t < frames.frames; t++) (resizers[t] ?? resizers[0]!)(t, target);
  return output;
}

function boxResizer(frames: RgbFrames, box: CropBox, size: number, flip: boolean) {
  const vertical = bilinearTaps(box.height, size);
  const horizontal = bilinearTaps(box.width, size);
  for (let x = 0; x < size; x++) {
    horizontal.first[x]! *= 3;
    horizontal.second[x]! *= 3;
  }
  if (flip) for (const values of Object.values(horizontal)) values.reverse();
  const blended = new Float32Array(box.width * 3);
  const rowBytes = frames.width * 3;
  return (frame: number, writeRow: RowTarget) => {
    const origin = (frame * frames.height + box.top) * rowBytes + box.left * 3;
    for (let y = 0; y < size; y++) {
      const upper = origin + vertical.first[y]! * rowBytes;
      const lower = origin + vertical.second[y]! * rowBytes;
      blendRows(frames.data, upper, lower, vertical.weight[y]!, blended);
      writeRow(blended, horizontal, frame * size + y);
    }
  };
}

function blendRows(data: Uint8Array, upper: number, lower: number, weight: number, blended: Float32Array): void {
  for (let i = 0; i < blended.length; i++) {
    const value = data[upper + i]!;
    blended[i] = value + (data[lower + i]! - value) * weight;
  }
}

/** Resizes one row horizontally, straight into row `row` (of T·S) of the output. */
type RowTarget = (source: Float32Array, taps: BilinearTaps, row: number) => void;

function rowTarget(
  output: ClipBuffer,
  frames: number,
  size: number,
  normalization: Normalization = imagenetNormalization,
): RowTarget {
  if (output instanceof Uint8Array)
    return (source, taps, row) => resizeRowToBytes(source, taps, output, row * size * 3);
  const plane = frames * size * size;
  const { scale, shift } = channelScaling(normalization);
  return (source, taps, row) => {
    for (let c = 0; c < 3; c++) {
      resizeChannelToFloats(source, taps, c, output, c * plane + row * size, scale[c]!, shift[c]!);
    }
  };
}

function resizeRowToBytes(source: Float32Array, taps: BilinearTaps, output: Uint8Array, offset: number): void {
  const { first, second, weight } = taps;
  for (let x = 0, i = offset; x < first.length; x++, i += 3) {
    const a = first[x]!;
    const b = second[x]!;
    const w = weight[x]!;
    output[i] = (source[a]! + (source[b]! - source[a]!) * w + 0.5) | 0;
    output[i + 1] = (source[a + 1]! + (source[b + 1]! - source[a + 1]!) * w + 0.5) | 0;
    output[i + 2] = (source[a + 2]! + (source[b + 2]! - source[a + 2]!) * w + 0.5) | 0;
  }
}

function resizeChannelToFloats(
  source: Float32Array,
  { first, second, weight }: BilinearTaps,
  channel: number,
  output: Float32Array,
  offset: number,
  scale: number,
  shift: number,
): void {
  for (let x = 0; x < first.length; x++) {
    const value = source[first[x]! + channel]!;
    output[offset + x] = (value + (source[second[x]! + channel]! - value) * weight[x]!) * scale + shift;
  }
}
