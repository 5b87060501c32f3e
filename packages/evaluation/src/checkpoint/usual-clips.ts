import { type ClipEncoder, clipEncoderNameOf, isVjepa2, versionOf } from '@vjepa/vit';
import { describeClip, describeVersion } from './describe-architecture.js';

/** Frames a second in clips for V-JEPA 2 and 2.1. */
export const FRAMES_A_SECOND = 4;

/** Frames of a video per frame of a clip for V-JEPA. */
const FRAME_STEP = 4;

/** How far apart the frames of a clip are in their video. */
export interface ClipSpacing {
  /** Frames of the video per frame of the clip. Undefined: as many as make `FRAMES_A_SECOND`. */
  frameStep: number | undefined;
  /** Seconds that a clip spans, where it is not its frames that say so. */
  clipDuration: number | null;
}

/** The spacing of clips that an encoder of which nothing else is known was trained on: as published. */
export function usualSpacing(encoder: ClipEncoder): ClipSpacing {
  return { frameStep: isVjepa2(encoder) ? undefined : FRAME_STEP, clipDuration: null };
}

/**
 * Frames that a picture is repeated to: the clip's, of V-JEPA 2 at most the 16 of its own evaluations on pictures. V-JEPA
 * 2.1 sees a picture as one.
 */
export function pictureFrames(encoder: ClipEncoder): number {
  return isVjepa2(encoder) ? Math.min(16, encoder.numFrames) : encoder.numFrames;
}

/**
 * An encoder and its clips in one line, such as `vit_large, 24 blocks of width 1024; 16 heads; 16 frames of 224 x 224, 4
 * apart`.
 */
export function describeEncoder(encoder: ClipEncoder, { frameStep, clipDuration }: ClipSpacing): string {
  const apart = frameStep === undefined ? `${FRAMES_A_SECOND} a second` : `${frameStep} apart`;
  const step = clipDuration === null ? apart : `over ${clipDuration} s`;
  const name = clipEncoderNameOf(encoder) ?? `an encoder of ${describeVersion(versionOf(encoder))}`;
  const clip = `${describeClip(encoder)}${encoder.numFrames === 1 ? '' : `, ${step}`}`;
  return `${name}, ${encoder.depth} blocks of width ${encoder.embedDim}; ${encoder.numHeads} heads; ${clip}`;
}
