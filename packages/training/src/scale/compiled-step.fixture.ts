import { readFileSync } from 'node:fs';
import type { MaskLengths } from '@vjepa/jepa';
import { tokenCount } from '@vjepa/masks';
import { clipEncoderConfig, clipPredictorConfig, type Recompute, tokenGrid } from '@vjepa/vit';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import { paddedLength, type ScaledClips } from './scaled-clips.js';

/** A step as `scripts/gpu/compile-ahead.mjs` takes it, all else as there. */
export interface AheadStep {
  model: string;
  /** Of all devices together. */
  batch?: number;
  crop?: number;
  frames?: number;
  context?: readonly number[];
  target?: readonly number[];
  predictorDepth?: number;
  recompute?: Recompute;
}

/** Its model and clips: padded once, to the first lengths that there are. */
export function aheadStep({ model, batch = 24, crop = 224, frames = 16, predictorDepth = 12, ...masks }: AheadStep): {
  model: PretrainingModel;
  clips: ScaledClips[];
} {
  const { context = [376, 112], target = [760, 1120] } = masks;
  const encoder = clipEncoderConfig(model, { imageSize: crop, numFrames: frames });
  const predictor = clipPredictorConfig(encoder, {
    ...{ embedDim: 384, depth: predictorDepth, numMaskTokens: context.length },
  });
  const lengths: MaskLengths = { context, target };
  const sizes = { context: context.map(paddedLength), target: target.map(paddedLength) };
  const spacing = { frameStep: 4, clipRate: undefined, duration: undefined };
  const tokens = tokenCount(tokenGrid(encoder));
  return {
    model: { encoder, predictor, hasTargetEncoder: true },
    clips: [{ batchSize: batch, frames, side: crop, spacing, tokens, lengths, sizes }],
  };
}

/** V-JEPA 2's ViT-g of `scripts/gpu/shared.ahead.mjs`, 12 clips for each of eight devices. */
export const GIANT: AheadStep = {
  ...{ model: 'vjepa2_vit_giant', crop: 256, batch: 96, context: [492, 146], target: [993, 1463] },
};

/** What was recorded of programs compiled ahead of time: a file of `scripts/gpu`. */
export function recorded(file: string) {
  return JSON.parse(readFileSync(new URL(`../../../../scripts/gpu/${file}`, import.meta.url), 'utf8'));
}
