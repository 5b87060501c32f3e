import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction } from '@vjepa/engine';
import { type TokenGrid, tokenCount } from '@vjepa/masks';
import {
  type AnticipationParts,
  anticipationFeatures,
  anticipationTokens,
  type ClipFeatureOptions,
  clipFeatures,
  prefixFeatures,
  repeatInTime,
} from '@vjepa/probe';
import { unfitSetting } from '@vjepa/training';
import { type ClipEncoder, isVjepa2, type Parameters, type Vjepa2PredictorConfig } from '@vjepa/vit';
import { clipGrid } from './clip-tokens.js';

/** Features of what comes after a clip; how long after, `SomeClips.ahead` tells. */
export interface ForetoldFeatures {
  predictor: Vjepa2PredictorConfig;
  parameters: Record<string, HostTensor>;
  /** What of both is given. Default: both, the clip's tokens first. */
  parts?: AnticipationParts | undefined;
}

/** What decides which features a step gives of its clips. */
export interface ExtractionSettings extends Pick<ClipFeatureOptions, 'layers' | 'joinLayers'> {
  encoder: ClipEncoder;
  grid: TokenGrid;
  /** Frames of the clip that the encoder sees, where it is to see a picture as one. */
  repeated: number | undefined;
  foretold: ForetoldFeatures | undefined;
}

type ExtractionState = { encoder: Parameters; predictor?: Parameters };

/** What a step is fed. */
type ExtractionInputs = {
  clips: tf.Tensor;
  /** The tokens of the first time steps, where features are wanted of the last of these: [B, K]. */
  mask?: tf.Tensor | undefined;
  /** Where the engine has padded the mask. */
  lengths?: { mask: tf.Tensor } | undefined;
  /** Tubelets before the one that is foretold, where one is: [B]. */
  ahead?: tf.Tensor | undefined;
};

/** Features of clips: of whole ones, of a time step of theirs by what is seen up to it, or beside what is foretold. */
export function extractionStep(
  settings: ExtractionSettings,
): StepFunction<ExtractionState, ExtractionInputs, { features: tf.Tensor }> {
  return (state, inputs) => ({ state: {}, outputs: { features: features(settings, state, inputs) } });
}

function features(
  { encoder, grid, repeated, foretold, ...joined }: ExtractionSettings,
  state: ExtractionState,
  { clips: given, mask, lengths, ahead }: ExtractionInputs,
): tf.Tensor {
  if (foretold) {
    const parameters = { encoder: state.encoder, predictor: state.predictor! };
    return anticipationFeatures(modelsOf(foretold, encoder), parameters, given, ahead!, foretold);
  }
  const clips = repeated === undefined ? given : repeatInTime(frame(given), repeated);
  if (mask === undefined) return clipFeatures(encoder, state.encoder, clips, joined);
  return prefixFeatures(encoder, state.encoder, clips, grid, { mask, length: lengths?.mask }, joined);
}

/** Tokens of a clip of some frames, a square of the encoder's size, and of what is foretold. */
export function tokensOf(
  encoder: ClipEncoder,
  frames: number,
  { foretold, repeats }: { foretold?: ForetoldFeatures | undefined; repeats?: number | undefined } = {},
): number {
  if (foretold) return anticipationTokens(modelsOf(foretold, encoder).encoder, frames, foretold.parts);
  return tokenCount(clipGrid(encoder, frames, { repeats }));
}

/** @throws InputError when the encoder has no such predictor */
function modelsOf({ predictor }: ForetoldFeatures, encoder: ClipEncoder) {
  if (!isVjepa2(encoder)) throw unfitSetting('encoder', 'one of V-JEPA 2 or 2.1, whose predictor foretells', 'V-JEPA');
  return { encoder, predictor };
}

/** [B, 1, S, S, 3] -> [B, S, S, 3] */
function frame(clips: tf.Tensor): tf.Tensor {
  const [B, , H, W, C] = clips.shape as [number, number, number, number, number];
  return tf.reshape(clips, [B, H, W, C]);
}
