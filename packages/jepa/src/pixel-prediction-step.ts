import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type StepFunction } from '@vjepa/engine';
import { optimize, optimizerSchedule, valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  gatherTokens,
  type PredictorConfig,
  predict,
  predictorConfig,
  trainableParameters,
} from '@vjepa/vit';
import { predictionLoss } from './objective.js';
import type { PretrainingState, TrainedModels } from './pretraining-state.js';
import { masksOf, type PretrainingConfig, type PretrainingInputs } from './pretraining-step.js';

/** Models and loss of a step that predicts pixels instead of features. */
export interface PixelPredictionConfig
  extends Pick<PretrainingConfig, 'encoder' | 'predictor' | 'adamW' | 'normalizedClips' | 'recompute'> {
  /** Remove each patch's own mean and deviation from its pixels, as masked autoencoders do. Default false. */
  normalizePatches?: boolean | undefined;
}

/** The predictor of the pixel baseline: its output is one patch, tubelet * p * p * 3 values. */
export function pixelPredictorConfig(
  encoder: EncoderConfig,
  overrides: Partial<PredictorConfig> = {},
): PredictorConfig {
  const frames = encoder.numFrames > 1 ? encoder.tubeletSize : 1;
  return predictorConfig(encoder, { outputDim: frames * encoder.patchSize ** 2 * 3, ...overrides });
}

/** What predicting pixels changes from step to step: that of pretraining without a target encoder. */
export type PixelPredictionState = Omit<PretrainingState, 'targetEncoder'>;

/** What it is fed: as pretraining, without a momentum. */
export type PixelPredictionInputs = Omit<PretrainingInputs, 'momentum' | 'lengths'>;

/** Scalars that it returns; norms are those before clipping. */
export type PixelPredictionOutputs = { loss: tf.Tensor; encoderGradNorm: tf.Tensor; predictorGradNorm: tf.Tensor };

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
  const { encoder, predictor, adamW, recompute } = config;
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
      const x = config.normalizedClips ? clipPatches(encoder, clips) : framePatches(encoder, clips);
      const pixels = config.normalizePatches ? standardizePatches(x.values) : x.values;

      const forward = () => {
        const losses = masks.context.map((contextMask, i) => {
          const targetMask = masks.target[i]!;
          const context = encodePatches(encoder, theta, x, { mask: contextMask, recompute, turn: i });
          const z = predict(predictor, phi, context, contextMask, targetMask, i, { recompute });
          // Half the mean squared error is the loss with p = 2.
          return tf.mul(predictionLoss(z, gatherTokens(pixels, targetMask), targetMask, 2), 2);
        });
        return {
          loss: tf.mul(
            losses.reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0)),
            1 / losses.length,
          ),
        };
      };

      const trained: TrainedModels = { encoder: trainableParameters(theta), predictor: trainableParameters(phi) };
      const { outputs, gradients } = valueAndGradients(forward, trained);
      const schedule = optimizerSchedule(inputs);
      const update = (model: keyof TrainedModels) => {
        const slots = { parameters: state[model], expAvg: state.expAvg[model], expAvgSq: state.expAvgSq[model] };
        return optimize(slots, gradients[model], schedule, { adamW });
      };
      const [encoderUpdate, predictorUpdate] = [update('encoder'), update('predictor')];
      return {
        state: {
          encoder: encoderUpdate.parameters,
          predictor: predictorUpdate.parameters,
          expAvg: { encoder: encoderUpdate.expAvg, predictor: predictorUpdate.expAvg },
          expAvgSq: { encoder: encoderUpdate.expAvgSq, predictor: predictorUpdate.expAvgSq },
        },
        outputs: {
          loss: outputs.loss,
          encoderGradNorm: encoderUpdate.norm,
          predictorGradNorm: predictorUpdate.norm,
        },
      };
    });
}

/** Every patch to mean 0 and deviation 1. [B, N, F] */
function standardizePatches(patches: tf.Tensor): tf.Tensor {
  const centered = tf.sub(patches, tf.mean(patches, -1, true));
  return tf.mul(centered, tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), 1e-6)));
}
