import type { RgbFrames } from '../rgb-frames.js';
import { antialiasedResize } from './antialiased-resize.js';
import { type ClipBuffer, requireClipLength } from './clip-buffer.js';
import type { CropBox } from './crop-box.js';
import { cropFrames } from './crop-frames.js';
import { fixedPointResize } from './fixed-point-resize.js';
import { type FrameSize, type Sides, sidesOf } from './frame-size.js';
import type { Normalization } from './normalization.js';
import { roundHalfToEven } from './round-half-to-even.js';
import { writeFrames } from './write-frames.js';

/** Size, views and normalisation of an evaluation’s clips. */
export interface EvaluationTransformSettings {
  /** Of the views: S, the side of squares in pixels, or height and width. */
  size: FrameSize;
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
 * Views of another shape are cut out of the video as a square is: it is resized until it covers them, one view with the
 * margin of 256/224 on both sides, several without; the views lie along the side that is left over.
 *
 * @param output receives V clips one after the other, `[V, T, H, W, 3]` bytes or `[V, 3, T, H, W]` floats
 */
export function evaluationTransform<Output extends ClipBuffer>(
  frames: RgbFrames,
  { size, views = 1, antialias = false, normalization }: EvaluationTransformSettings,
  output: Output,
): Output {
  requireClipLength(output, frames.frames, size, views);
  const { resized, windows } =
    views === 1 ? centerView(frames, size, antialias) : viewsAlongLongSide(frames, size, views);
  const length = output.length / views;
  // Several views overlap: their common picture is resized once.
  const whole = antialias
    ? antialiasedResize(frames, resized, 'bilinear')
    : views > 1
      ? fixedPointResize(frames, resized)
      : undefined;
  windows.forEach((window, i) => {
    const view = whole ? cropFrames(whole, window) : fixedPointResize(frames, resized, window);
    writeFrames(view, output.subarray(i * length, (i + 1) * length) as ClipBuffer, normalization);
  });
  return output;
}

interface Views {
  resized: Sides;
  windows: CropBox[];
}

function centerView(frames: RgbFrames, size: FrameSize, antialias: boolean): Views {
  const resized = coveringSize(frames, withMargin(size));
  return { resized, windows: [centerBox(resized, size, antialias ? Math.floor : roundHalfToEven)] };
}

function viewsAlongLongSide(frames: RgbFrames, size: FrameSize, views: number): Views {
  const view = sidesOf(size);
  const resized = coveringSize(frames, view);
  const [down, across] = [resized.height - view.height, resized.width - view.width];
  const stride = Math.floor(Math.max(down, across) / (views - 1));
  const windows = Array.from({ length: views }, (_, i) => ({
    top: down > across ? i * stride : 0,
    left: down > across ? 0 : i * stride,
    ...view,
  }));
  return { resized, windows };
}

/** The size of which a view at test time is the centre: 256/224 of it, truncated. */
export function withMargin(size: FrameSize): Sides {
  const { height, width } = sidesOf(size);
  return { height: Math.trunc((height * 256) / 224), width: Math.trunc((width * 256) / 224) };
}

/**
 * The size of a picture that just covers another size: one side is that of the other, the long one of a square's follows,
 * truncated.
 */
export function coveringSize(picture: Sides, covered: Sides): Sides {
  const { height, width } = covered;
  if (picture.width * height < picture.height * width) {
    return { height: Math.trunc((width * picture.height) / picture.width), width };
  }
  return { height, width: Math.trunc((height * picture.width) / picture.height) };
}

/** The centred box of a size, by default at offsets rounded half to even. */
export function centerBox(
  picture: Sides,
  size: FrameSize,
  round: (offset: number) => number = roundHalfToEven,
): CropBox {
  const { height, width } = sidesOf(size);
  return { top: round((picture.height - height) / 2), left: round((picture.width - width) / 2), height, width };
}
