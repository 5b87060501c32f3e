import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type StepFunction, type TensorRecord } from '@vjepa/engine';
import { valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  gatherTokens,
  type Overrides,
  type PredictorConfig,
  predict,
  predictorConfig,
  trainableParameters,
} from '@vjepa/vit';
import { predictionLoss } from './objective.js';
import type { PretrainingState, TrainedModels } from './pretraining-state.js';
import { masksOf, meanOfMasks, type PretrainingConfig, type PretrainingInputs, presentIn } from './pretraining-step.js';
import { inputStatistics, lossOfMean, modelStatistics } from './training-statistics.js';
import { type UpdateSettings, updateModels } from './update-models.js';

/** Models and loss of a step that predicts pixels instead of features. */
export interface PixelPredictionConfig
  extends UpdateSettings,
    Pick<PretrainingConfig, 'encoder' | 'predictor' | 'normalizedClips' | 'recompute' | 'statistics'> {
  /** Remove each patch's own mean and deviation from its pixels, as masked autoencoders do. Default false. */
  normalizePatches?: boolean | undefined;
}

/** The predictor of the pixel baseline: its output is one patch, tubelet * p * p * 3 values. */
export function pixelPredictorConfig(
  encoder: EncoderConfig,
  overrides: Overrides<PredictorConfig> = {},
): PredictorConfig {
  const frames = encoder.numFrames > 1 ? encoder.tubeletSize : 1;
  return predictorConfig(encoder, { outputDim: frames * encoder.patchSize ** 2 * 3, ...overrides });
}

/** What predicting pixels changes from step to step: that of pretraining without a target encoder. */
export type PixelPredictionState = Omit<PretrainingState, 'targetEncoder'>;

/** What it is fed: as pretraining, without a momentum. */
export type PixelPredictionInputs = Omit<PretrainingInputs, 'momentum'>;

/** Scalars that it returns; norms are those before clipping. */
export type PixelPredictionOutputs = {
  loss: tf.Tensor;
  encoderGradNorm: tf.Tensor;
  predictorGradNorm: tf.Tensor;
  /**
   * Where the config asks for them, of `training-statistics` those of inputs and models, and `loss_of_mean`. Pixels do not
   * collapse, so that there are no signs of it.
   */
  statistics?: TensorRecord;
};

/**
 * The paper's ablation "predicting pixels" (V-JEPA, section 4.1): the same encoder, predictor and masks, but the
 * targets are the normalised pixels of the hidden patches and the loss is the mean squared error. There is no target
 * encoder. Make the predictor with `pixelPredictorConfig`, and the state with `initialPretrainingState`.
 *
 * @throws if the predictor's output is not one patch, or on use, if an input or a part of the state is missing
 */
export function pixelPredictionStep(
  config: PixelPredictionConfig,
): StepFunction<PixelPredictionState, PixelPredictionInputs, PixelPredictionOutputs> {
  const { encoder, predictor, recompute } = config;
  const patchValues = pixelPredictorConfig(encoder).outputDim;
  if (predictor.outputDim !== patchValues) {
    throw new Error(
      `the predictor's output is ${predictor.outputDim} wide, but a patch has ${patchValues} values; ` +
        'make its config with pixelPredictorConfig',
    );
  }

  return (state, inputs) =>
    tf.tidy(() => {
      const { encoder: theta, predictor: phi } = state;
      const clips = requireTensor(inputs, 'clips', 'the input');
      const masks = masksOf(inputs);
      const present = presentIn(inputs);
      const x = config.normalizedClips ? clipPatches(encoder, clips) : framePatches(encoder, clips);
      const pixels = config.normalizePatches ? normalizedPatches(x.values) : x.values;

      const forward = () => {
        const losses = masks.context.map((contextMask, i) => {
          const targetMask = masks.target[i]!;
          const there = present[i];
          const seen = { mask: contextMask, recompute, present: there?.context, turn: i };
          const context = encodePatches(encoder, theta, x, seen);
          const z = predict(predictor, phi, context, contextMask, targetMask, i, { recompute, present: there });
          const targets = gatherTokens(pixels, targetMask);
          // Half the mean squared error is the loss with p = 2.
          return tf.mul(predictionLoss(z, targets, targetMask, 2, there?.target), 2);
        });
        return { loss: meanOfMasks(losses) };
      };

      const trained: TrainedModels = { encoder: trainableParameters(theta), predictor: trainableParameters(phi) };
      const { outputs, gradients: own } = valueAndGradients(forward, trained);
      const { updated, gradients, norms, ...update } = updateModels(state, own, inputs, config);
      return {
        state: update.state,
        outputs: {
          loss: outputs.loss,
          ...norms,
          ...(config.statistics && {
            statistics: {
              loss_of_mean: tf.mul(lossOfMean(pixels, 2), 2),
              ...inputStatistics(x.values),
              ...modelStatistics('encoder', theta, updated.encoder, gradients.encoder),
              ...modelStatistics('predictor', phi, updated.predictor, gradients.predictor),
            },
          }),
        },
      };
    });
}

/**
 * Every patch to mean 0 and deviation 1, as pixels are predicted.
 *
 * @param patches [B, N, F]
 */
export function normalizedPatches(patches: tf.Tensor): tf.Tensor {
  const centered = tf.sub(patches, tf.mean(patches, -1, true));
  return tf.mul(centered, tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), 1e-6)));
}
