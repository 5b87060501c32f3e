import * as tf from '@tensorflow/tfjs-core';
import { putBelow, requireTensor, type StepFunction, takeBranch } from '@vjepa/engine';
import { ADAMW_DEFAULTS, optimize, valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  gatherTokens,
  type PredictorConfig,
  predict,
  predictorConfig,
  selectParameters,
  trainableParameters,
} from '@vjepa/vit';
import { predictionLoss } from './objective.js';
import type { PretrainingConfig } from './pretraining-step.js';

/** Models and loss of a step that predicts pixels instead of features. */
export interface PixelPredictionConfig
  extends Pick<
    PretrainingConfig,
    'encoder' | 'predictor' | 'numMasks' | 'adamW' | 'clipGradients' | 'normalizedClips' | 'recompute'
  > {
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

/**
 * The paper's ablation "predicting pixels" (V-JEPA, section 4.1): the same encoder, predictor and masks, but the
 * targets are the normalised pixels of the hidden patches and the loss is the mean squared error. There is no target
 * encoder.
 *
 * State and inputs are those of `pretrainingStep` without `target_encoder.*` and `momentum`; make the predictor with
 * `pixelPredictorConfig`. Outputs: `loss`, `encoder_grad_norm`, `predictor_grad_norm`.
 *
 * @throws if the predictor's output is not one patch, or on use, if an input or a part of the state is missing
 */
export function pixelPredictionStep(config: PixelPredictionConfig): StepFunction {
  const { encoder, predictor, recompute } = config;
  const patchValues = pixelPredictorConfig(encoder).outputDim;
  if (predictor.outputDim !== patchValues) {
    throw new Error(
      `the predictor's output is ${predictor.outputDim} wide, but a patch has ${patchValues} values; ` +
        'make its config with pixelPredictorConfig',
    );
  }
  const M = config.numMasks ?? predictor.numMaskTokens;

  return (state, inputs) =>
    tf.tidy(() => {
      const theta = selectParameters(state, 'encoder.');
      const phi = selectParameters(state, 'predictor.');
      const clips = requireTensor(inputs, 'clips', 'the input');
      const x = config.normalizedClips ? clipPatches(encoder, clips) : framePatches(encoder, clips);
      const pixels = config.normalizePatches ? standardizePatches(x.values) : x.values;

      const forward = () => {
        const losses = Array.from({ length: M }, (_, i) => {
          const contextMask = requireTensor(inputs, `context.${i}`, 'the input');
          const targetMask = requireTensor(inputs, `target.${i}`, 'the input');
          const context = encodePatches(encoder, theta, x, { mask: contextMask, recompute, turn: i });
          const z = predict(predictor, phi, context, contextMask, targetMask, i, { recompute });
          // Half the mean squared error is the loss with p = 2.
          return tf.mul(predictionLoss(z, gatherTokens(pixels, targetMask), targetMask, 2), 2);
        });
        return {
          loss: tf.mul(
            losses.reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0)),
            1 / M,
          ),
        };
      };

      const trained = trainableParameters({ ...putBelow('encoder', theta), ...putBelow('predictor', phi) });
      const { outputs, gradients } = valueAndGradients(forward, trained);
      const optimizer = {
        learning_rate: requireTensor(inputs, 'learning_rate', 'the input'),
        weight_decay: requireTensor(inputs, 'weight_decay', 'the input'),
        step: requireTensor(inputs, 'step', 'the input'),
        clip_norm: (config.clipGradients ?? true) ? requireTensor(inputs, 'clip_norm', 'the input') : undefined,
      };
      const [encoderUpdate, predictorUpdate] = ['encoder', 'predictor'].map((model) => {
        const own = putBelow(model, takeBranch(gradients, model));
        return optimize(state, own, optimizer, { adamW: { ...ADAMW_DEFAULTS, ...config.adamW } });
      });
      return {
        state: { ...state, ...encoderUpdate!.state, ...predictorUpdate!.state },
        outputs: {
          loss: outputs.loss,
          encoder_grad_norm: encoderUpdate!.norm,
          predictor_grad_norm: predictorUpdate!.norm,
        },
      };
    });
}

/** Every patch to mean 0 and deviation 1. [B, N, F] */
function standardizePatches(patches: tf.Tensor): tf.Tensor {
  const centered = tf.sub(patches, tf.mean(patches, -1, true));
  return tf.mul(centered, tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), 1e-6)));
}
