/**
 * Why a video gave no clip: `'no-frames'`, `'too-short'` (only where short videos are refused), `'too-slow'` (fewer
 * frames a second than a clip is to show), or `'invalid-setting'`, which no other video can cure.
 */
export type ClipSamplingErrorCode = 'no-frames' | 'too-short' | 'too-slow' | 'invalid-setting';

/** A clip that a video is too short for, or settings that make no sense. */
export class ClipSamplingError extends Error {
  readonly code: ClipSamplingErrorCode;

  constructor(code: ClipSamplingErrorCode, message: string) {
    super(message);
    this.name = 'ClipSamplingError';
    this.code = code;
  }
}
