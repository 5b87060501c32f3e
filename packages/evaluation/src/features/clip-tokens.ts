import type { TokenGrid } from '@vjepa/masks';
import { featureGrid } from '@vjepa/probe';
import type { Sides } from '@vjepa/video';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';

const TOKENS_AT_ONCE = 8192;

/** Clips of so many tokens that make about 8,192 together, at least one and at most `most`. */
export function defaultBatch(tokens: number, most = 16): number {
  return Math.max(1, Math.min(most, Math.floor(TOKENS_AT_ONCE / tokens)));
}

/** How often a picture is repeated to be one time step: not at all where it is taken by itself, else for a tubelet. */
export function repeatsOfPicture(encoder: ClipEncoder): number | undefined {
  return takesPictures(encoder) ? undefined : encoder.tubeletSize;
}

function takesPictures(encoder: ClipEncoder): boolean {
  return isVjepa2(encoder) ? encoder.version === '2.1' : encoder.numFrames === 1;
}

/** Frames of the clip that an encoder sees: a picture is repeated as asked for, or for those that do not take one by itself. */
export function seenFrames(encoder: ClipEncoder, frames: number, repeats?: number): number {
  if (frames > 1 || (takesPictures(encoder) && (repeats ?? 1) === 1)) return frames;
  return Math.max(repeats ?? encoder.numFrames, encoder.tubeletSize);
}

/** The grid of a clip's tokens, or of a picture's as it is seen. Default of the size: squares of the encoder's. */
export function clipGrid(
  encoder: ClipEncoder,
  frames: number,
  { size = squareOf(encoder), repeats }: { size?: Sides | undefined; repeats?: number | undefined } = {},
): TokenGrid {
  return featureGrid(encoder, { frames: seenFrames(encoder, frames, repeats), ...size });
}

/** The frames that an encoder is made for. */
export function squareOf({ imageSize }: Pick<ClipEncoder, 'imageSize'>): Sides {
  return { height: imageSize, width: imageSize };
}
