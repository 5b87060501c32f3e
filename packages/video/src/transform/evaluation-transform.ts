import type { RgbFrames } from '../rgb-frames.js';
import { antialiasedResize } from './antialiased-resize.js';
import { type ClipBuffer, requireClipLength } from './clip-buffer.js';
import type { CropBox } from './crop-box.js';
import { cropFrames } from './crop-frames.js';
import { fixedPointResize } from './fixed-point-resize.js';
import type { Normalization } from './normalization.js';
import { roundHalfToEven } from './round-half-to-even.js';
import { writeFrames } from './write-frames.js';

/** Size, views and normalisation of an evaluation’s clips. */
export interface EvaluationTransformSettings {
  /** S, the side of the square views in pixels. */
  size: number;
  /** V, views per clip. Default 1: the centre. Three is the reference's number for video evaluation. */
  views?: number | undefined;
  /**
   * Resize as Hugging Face's processor of V-JEPA 2 does: bilinear with antialiasing, and the centre at offsets rounded down.
   * Default false: as the reference evaluates, without antialiasing.
   */
  antialias?: boolean | undefined;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/**
 * The views of a clip at test time. One view: the short side is resized to S·256/224 (truncated) and the centre cut
 * out. Several: the short side is resized to S, and V squares are taken at equal distances along the long side, so
 * that the views of a square video are all the same. A short side that already fits is not touched.
 *
 * @param output receives V clips one after the other, `[V, T, S, S, 3]` bytes or `[V, 3, T, S, S]` floats
 */
export function evaluationTransform<Output extends ClipBuffer>(
  frames: RgbFrames,
  { size, views = 1, antialias = false, normalization }: EvaluationTransformSettings,
  output: Output,
): Output {
  requireClipLength(output, frames.frames, size, views);
  const { resized, windows } =
    views === 1 ? centerView(frames, size, antialias) : viewsAlongLongSide(frames, size, views);
  const view = output.length / views;
  // Several views overlap: their common picture is resized once.
  const whole = antialias
    ? antialiasedResize(frames, resized, 'bilinear')
    : views > 1
      ? fixedPointResize(frames, resized)
      : undefined;
  windows.forEach((window, i) => {
    const square = whole ? cropFrames(whole, window) : fixedPointResize(frames, resized, window);
    writeFrames(square, output.subarray(i * view, (i + 1) * view) as ClipBuffer, normalization);
  });
  return output;
}

interface Views {
  resized: { height: number; width: number };
  windows: CropBox[];
}

function centerView(frames: RgbFrames, size: number, antialias: boolean): Views {
  const resized = resizedShortSide(frames, Math.trunc((size * 256) / 224));
  return { resized, windows: [centerBox(resized, size, antialias ? Math.floor : roundHalfToEven)] };
}

function viewsAlongLongSide(frames: RgbFrames, size: number, views: number): Views {
  const resized = resizedShortSide(frames, size);
  const stride = Math.floor((Math.max(resized.height, resized.width) - size) / (views - 1));
  const tall = resized.height > resized.width;
  const windows = Array.from({ length: views }, (_, i) => ({
    top: tall ? i * stride : 0,
    left: tall ? 0 : i * stride,
    height: size,
    width: size,
  }));
  return { resized, windows };
}

/** Height and width with the short side brought to `short` pixels; the long side follows, truncated. */
export function resizedShortSide(
  { height, width }: { height: number; width: number },
  short: number,
): { height: number; width: number } {
  if (Math.min(height, width) === short) return { height, width };
  if (width < height) return { height: Math.trunc((short * height) / width), width: short };
  return { height: short, width: Math.trunc((short * width) / height) };
}

/** The centred square of `size` pixels, by default at offsets rounded half to even. */
export function centerBox(
  { height, width }: { height: number; width: number },
  size: number,
  round: (offset: number) => number = roundHalfToEven,
): CropBox {
  return {
    top: round((height - size) / 2),
    left: round((width - size) / 2),
    height: size,
    width: size,
  };
}
