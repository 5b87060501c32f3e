import type { MaskLengths } from '@vjepa/jepa';
import { tokenCount } from '@vjepa/masks';
import type { PlannedClips } from '../plan/planned-clips.js';
import type { ClipReading } from '../plan/pretraining-settings.js';
import { tokensOf } from '../pretrain/step-clips.js';

/** How far apart the frames of a clip are. */
export type ClipSpacing = Pick<ClipReading, 'frameStep' | 'clipRate' | 'duration'>;

/** Clips of one length and size of a step that many devices share. */
export interface ScaledClips {
  /** Clips of a step, of all devices together. */
  batchSize: number;
  /** T and S, frames and side of a clip. */
  frames: number;
  side: number;
  spacing: ClipSpacing;
  /** N, all tokens of a clip. */
  tokens: number;
  /** Tokens of each mask, the mean of some steps: what the model needs. */
  lengths: MaskLengths;
  /** As a compiled program has them, padded: what is computed. */
  sizes: MaskLengths;
}

/** Steps whose masks are drawn. */
const DRAWN_STEPS = 8;

/** Room that padded sizes leave above the longest mask so far, and what they are multiples of: see `PaddedLengths` of @vjepa/trace. */
const ROOM = 1.125;
const MULTIPLE = 8;

/** Draws the masks of a run's first steps. @throws MaskSettingsError when they cannot be drawn */
export function scaledClips(
  { batchSize, frames, side, grid, masksAt }: PlannedClips,
  { frameStep, clipRate, duration }: ClipSpacing,
): ScaledClips {
  const drawn = Array.from({ length: DRAWN_STEPS }, (_, step) => tokensOf(masksAt(step)));
  const ofEach = (kind: 'context_tokens' | 'target_tokens', one: (lengths: readonly number[]) => number) =>
    drawn[0]![kind].map((_, mask) => one(drawn.map((step) => step[kind][mask]!)));
  const mean = (lengths: readonly number[]) => lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const padded = (lengths: readonly number[]) => paddedLength(Math.max(...lengths));
  return {
    ...{ batchSize, frames, side, spacing: { frameStep, clipRate, duration }, tokens: tokenCount(grid) },
    lengths: { context: ofEach('context_tokens', mean), target: ofEach('target_tokens', mean) },
    sizes: { context: ofEach('context_tokens', padded), target: ofEach('target_tokens', padded) },
  };
}

/** The size that a program is compiled for when this is the longest mask it has seen. */
export function paddedLength(longest: number): number {
  return Math.ceil((longest * ROOM) / MULTIPLE) * MULTIPLE;
}
