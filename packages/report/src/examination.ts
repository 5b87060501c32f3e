import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import { type MaskTree, normalizedLevels, normalizedPatches, type PretrainingState } from '@vjepa/jepa';
import type { PretrainingPlan } from '@vjepa/training';
import {
  type EncoderConfig,
  encodePatches,
  encodeVjepa2Patches,
  encodeVjepa2PatchesLevels,
  framePatches,
  gatherTokens,
  isVjepa2,
  layerNormWithoutAffine,
  type PredictorConfig,
  predict,
  predictVjepa2,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2FramePatches,
} from '@vjepa/vit';

/** What of a run's state is looked at. */
export type Networks = Pick<PretrainingState, 'encoder' | 'predictor' | 'targetEncoder'>;

/** Pixels [B, T, H, W, 3] with values 0..255, and their masks. */
type Inputs = MaskTree & { clips: tf.Tensor };

/** The normalised features of the target encoder, or of the encoder where pixels are predicted, [B, N, D]; the loss of each clip, [B]. */
type Outputs = { features: tf.Tensor; loss: tf.Tensor };

/** Features, targets [B, N, F], and what is predicted of them: z_i [B, K_i, F]. */
interface Seen {
  features: tf.Tensor;
  targets: tf.Tensor;
  predictions: tf.Tensor[];
}

/** The forward half of a training step (V-JEPA, section 3), the loss of hidden tokens kept apart for each clip. */
export function examination({
  encoder,
  predictor,
  settings,
  hasTargetEncoder,
}: PretrainingPlan): StepFunction<Networks, Inputs, Outputs> {
  const { lossExponent, maskToken } = settings.objective;
  // Of pixels it is the mean squared error, of features |z - h|^p / p.
  const { exponent, divisor } = hasTargetEncoder
    ? { exponent: lossExponent, divisor: lossExponent }
    : { exponent: 2, divisor: 1 };
  const look = (state: Networks, inputs: Inputs) => {
    if (isVjepa2(encoder) && isVjepa2(predictor)) return seenByVjepa2({ encoder, predictor, maskToken }, state, inputs);
    if (isVjepa2(encoder) || isVjepa2(predictor)) throw new Error('encoder and predictor are of two versions');
    return seenByVjepa({ encoder, predictor, hasTargetEncoder }, state, inputs);
  };
  return (state, inputs) => {
    const { features, targets, predictions } = look(state, inputs);
    const losses = predictions.map((z, i) => {
      const distance = tf.abs(tf.sub(z, gatherTokens(targets, inputs.target[i]!)));
      return tf.mul(tf.mean(exponent === 1 ? distance : tf.pow(distance, exponent), [1, 2]), 1 / divisor);
    });
    return { state: {}, outputs: { features, loss: tf.mean(tf.stack(losses), 0) } };
  };
}

function seenByVjepa(
  models: { encoder: EncoderConfig; predictor: PredictorConfig; hasTargetEncoder: boolean },
  state: Networks,
  { clips, context, target }: Inputs,
): Seen {
  const { encoder, predictor, hasTargetEncoder } = models;
  const x = framePatches(encoder, clips);
  const features = layerNormWithoutAffine(
    encodePatches(encoder, hasTargetEncoder ? state.targetEncoder : state.encoder, x),
  );
  return {
    features,
    targets: hasTargetEncoder ? features : normalizedPatches(x.values),
    predictions: context.map((mask, i) => {
      const seen = encodePatches(encoder, state.encoder, x, { mask });
      return predict(predictor, state.predictor, seen, mask, target[i]!, i);
    }),
  };
}

function seenByVjepa2(
  models: { encoder: Vjepa2EncoderConfig; predictor: Vjepa2PredictorConfig; maskToken: 'group' | 'mask' },
  state: Networks,
  { clips, context, target }: Inputs,
): Seen {
  const { encoder, predictor, maskToken } = models;
  const { levels } = predictor;
  const encode = levels > 1 ? encodeVjepa2PatchesLevels : encodeVjepa2Patches;
  const x = vjepa2FramePatches(encoder, clips);
  const targets = normalizedLevels(encode(encoder, state.targetEncoder, x), levels);
  const [B, N, width] = targets.shape as [number, number, number];
  return {
    // The last level is what is used of the encoder.
    features: levels > 1 ? tf.slice(targets, [0, 0, width - width / levels], [B, N, width / levels]) : targets,
    targets,
    predictions: context.map((mask, i) => {
      const seen = encode(encoder, state.encoder, x, { mask });
      const options = { maskIndex: maskToken === 'mask' ? i : 0, modality: x.modality, grid: x.grid };
      return predictVjepa2(predictor, state.predictor, seen, mask, target[i]!, options);
    }),
  };
}
