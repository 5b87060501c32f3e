import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import type { MaskPair } from '@vjepa/masks';
import {
  type ClipEncoder,
  type EncoderConfig,
  encodePatches,
  encodeVjepa2Patches,
  encodeVjepa2PatchesLayers,
  encodeVjepa2PatchesLevels,
  framePatches,
  gatherTokens,
  isVjepa2,
  layerNormWithoutAffine,
  type Parameters,
  type PredictorConfig,
  type PredictVjepa2Options,
  predict,
  predictVjepa2,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2FramePatches,
} from '@vjepa/vit';

/** An encoder and a predictor of one version. */
export type PredictingModel =
  | { encoder: EncoderConfig; predictor: PredictorConfig }
  | { encoder: Vjepa2EncoderConfig; predictor: Vjepa2PredictorConfig };

/** What a prediction is made with, besides parameters. */
export interface PredictionStepSettings {
  model: PredictingModel;
  /** The encoder whose features are predicted. */
  target: ClipEncoder;
  /** Of one sample; every clip has it. */
  mask: MaskPair;
  maskIndex: number;
  /** Of V-JEPA 2 and 2.1. */
  modality: PredictVjepa2Options['modality'];
  /** `clip`: tokens stand where they are in the clip; `published`: on the square grid of the predictor's config. */
  positions: 'clip' | 'published';
  /** Whether predictions and targets are outputs, too. */
  keepFeatures: boolean;
}

/** Parameters; without those of a target encoder of its own the one of the context is it. */
export interface PredictionState {
  encoder: Parameters;
  predictor: Parameters;
  target: Parameters;
}

/** Distances by target token, [B, Kt]; predictions and targets [B, Kt, E]. */
export interface PredictionOutputs {
  distance: tf.Tensor;
  meanDistance: tf.Tensor;
  predictions?: tf.Tensor;
  targets?: tf.Tensor;
}

/**
 * The forward half of pretraining (V-JEPA, section 3): the context is encoded by itself, the predictor says what is at the
 * targets, and each answer is compared with what the target encoder sees there, having the whole clip.
 */
export function predictionStep(
  settings: PredictionStepSettings,
  ownTarget: boolean,
): StepFunction<PredictionState, { clips: tf.Tensor }, PredictionOutputs> {
  const { target, mask, keepFeatures } = settings;
  return (state, { clips }) => {
    const B = clips.shape[0]!;
    const [contextMask, targetMask] = [tokensOf(mask.context, B), tokensOf(mask.target, B)];
    const z = predictedFeatures(settings, state, clips, { context: contextMask, target: targetMask });
    const h = normalizedTargets(target, ownTarget ? state.target : state.encoder, clips, z.shape[2]);
    const targets = gatherTokens(h, targetMask);
    const distance = meanDistance(z, targets);
    // What a predictor that knows the clip's mean feature, and nothing of the token, would be off by.
    const fromMean = meanDistance(tf.mean(h, 1, true), targets);
    const features = keepFeatures ? { predictions: z, targets } : {};
    return { state: {}, outputs: { distance, meanDistance: fromMean, ...features } };
  };
}

/** How many of a target encoder's levels features of a width hold; undefined where they are none of its. */
export function targetLevels(target: ClipEncoder, width: number): number | undefined {
  if (width === target.embedDim) return 1;
  const levels = isVjepa2(target) ? target.normLayers.length : 0;
  return levels > 0 && width === levels * target.embedDim ? levels : undefined;
}

/** Which tokens of each clip are seen and which predicted, int32 [B, Kc] and [B, Kt]. */
export interface PredictedTokens {
  context: tf.Tensor;
  target: tf.Tensor;
  /** [Kc] and [Kt]: 1 for tokens that are there, 0 for padding. Default: all are there. */
  present?: { context: tf.Tensor; target: tf.Tensor } | undefined;
}

/** What the predictor says of the targets, having the context. [B, Kt, width] */
export function predictedFeatures(
  { model, maskIndex, modality, positions }: Omit<PredictionStepSettings, 'mask' | 'target' | 'keepFeatures'>,
  state: Pick<PredictionState, 'encoder' | 'predictor'>,
  clips: tf.Tensor,
  { context: contextMask, target: targetMask, present }: PredictedTokens,
): tf.Tensor3D {
  const options = { mask: contextMask, present: present?.context };
  if (!isPaired(model)) {
    const patches = framePatches(model.encoder, clips);
    const context = encodePatches(model.encoder, state.encoder, patches, options);
    return predict(model.predictor, state.predictor, context, contextMask, targetMask, maskIndex, { present });
  }
  const { encoder, predictor } = model;
  const patches = vjepa2FramePatches(encoder, clips);
  const encoded = predictor.levels > 1 ? encodeVjepa2PatchesLevels : encodeVjepa2Patches;
  const context = encoded(encoder, state.encoder, patches, options);
  const own = { maskIndex, modality: modality ?? patches.modality, present };
  if (positions === 'clip') {
    return predictVjepa2(predictor, state.predictor, context, contextMask, targetMask, { ...own, grid: patches.grid });
  }
  // The published predictors are built without the stretching that those of V-JEPA 2.1 are trained with.
  return predictVjepa2({ ...predictor, rotarySide: null }, state.predictor, context, contextMask, targetMask, own);
}

function isPaired(model: PredictingModel): model is Extract<PredictingModel, { encoder: Vjepa2EncoderConfig }> {
  return isVjepa2(model.encoder);
}

/**
 * What the predictor is trained to say: the features of the whole clip, each of the encoder's levels through a layer norm
 * without weights. [B, N, width]
 */
export function normalizedTargets(
  encoder: ClipEncoder,
  parameters: Parameters,
  clips: tf.Tensor,
  width: number,
): tf.Tensor3D {
  const norm = (features: tf.Tensor) => layerNormWithoutAffine(features) as tf.Tensor3D;
  if (!isVjepa2(encoder)) return norm(encodePatches(encoder, parameters, framePatches(encoder, clips)));
  const patches = vjepa2FramePatches(encoder, clips);
  if (targetLevels(encoder, width) === 1) return norm(encodeVjepa2Patches(encoder, parameters, patches));
  const levels = encodeVjepa2PatchesLayers(encoder, parameters, patches, encoder.normLayers);
  return tf.concat(levels.map(norm), 2);
}

/** Mean over features of |z - h|: [B, K, E] -> [B, K]. */
function meanDistance(z: tf.Tensor, h: tf.Tensor): tf.Tensor {
  return tf.mean(tf.abs(tf.sub(z, h)), 2);
}

/** The tokens of one sample for a batch: [B, K]. */
function tokensOf({ indices, shape }: MaskPair['context'], B: number): tf.Tensor {
  return tf.tile(tf.tensor2d(indices, shape, 'int32'), [B, 1]);
}
