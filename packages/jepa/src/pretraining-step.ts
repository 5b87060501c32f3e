import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type StepFunction, type TensorRecord } from '@vjepa/engine';
import { movingAverage, valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  gatherTokens,
  isTrainable,
  layerNormWithoutAffine,
  type PredictorConfig,
  predict,
  presentTokens,
  type Recompute,
  trainableParameters,
} from '@vjepa/vit';
import { predictionLoss, varianceRegularizer } from './objective.js';
import type { PretrainingState, TrainedModels } from './pretraining-state.js';
import { inputStatistics, modelStatistics, predictionStatistics, targetStatistics } from './training-statistics.js';
import { type UpdateSettings, updateModels } from './update-models.js';

/** Models, masks, loss and optimiser of a pretraining step. */
export interface PretrainingConfig extends UpdateSettings {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
  /** p of the loss |z - h|^p / p. Default 1. */
  lossExponent?: number | undefined;
  /** Weight of the variance regulariser. Default 0: logged, not trained. */
  regularizerCoefficient?: number | undefined;
  /** Clips come normalised, [B, 3, T, H, W], instead of as pixels [B, T, H, W, 3] with values 0..255. */
  normalizedClips?: boolean | undefined;
  /**
   * Average the frozen position table into the target encoder as the reference does. Both tables are equal, so this
   * only adds rounding (up to 7e-5 over 90,000 steps). Default false.
   */
  averageFrozenParameters?: boolean | undefined;
  /** What the blocks compute again in the backward pass instead of keeping it. */
  recompute?: Recompute | undefined;
  /** Also return what tells a healthy run from a collapsing one; see `training-statistics`. */
  statistics?: boolean | undefined;
}

/** Masks by kind: M of context and M of targets. */
export type MaskTree = {
  /** int32 [B, Kc_i], the tokens that the encoder sees. */
  context: tf.Tensor[];
  /** int32 [B, Kt_i], the tokens that are predicted. */
  target: tf.Tensor[];
};

/** What a pretraining step is fed: clips, masks, and the schedules' values as scalars. */
export type PretrainingInputs = MaskTree & {
  /** Pixels [B, T, H, W, 3] with values 0..255, or normalised [B, 3, T, H, W]. */
  clips: tf.Tensor;
  /** Where masks are padded at their end: int32 scalars, how many tokens there are. */
  lengths?: MaskTree | undefined;
  /** Gradient accumulation: this part's share of the batch; see `UpdateInputs`. */
  share?: tf.Tensor | undefined;
  /** Left out, with what follows, of all parts of a batch but the last. */
  learningRate?: tf.Tensor | undefined;
  weightDecay?: tf.Tensor | undefined;
  /** Of the target encoder's moving average. */
  momentum?: tf.Tensor | undefined;
  /** AdamW's t, counted from 1. */
  step?: tf.Tensor | undefined;
  /** Largest norm of the encoder's and of the predictor's gradients; 0, or left out: they are not clipped. */
  clipNorm?: tf.Tensor | undefined;
};

/** Scalars that a pretraining step returns. */
export type PretrainingOutputs = {
  /** The objective: `lossJepa` and the weighted `lossReg`. */
  loss: tf.Tensor;
  /** Mean over the masks of |z - h|^p / p. */
  lossJepa: tf.Tensor;
  /** The variance regulariser. */
  lossReg: tf.Tensor;
  /** Norms before clipping. */
  encoderGradNorm: tf.Tensor;
  predictorGradNorm: tf.Tensor;
  /** What tells a healthy run from a collapsing one, where the config asks for it; see `training-statistics`. */
  statistics?: TensorRecord;
};

/**
 * One step of V-JEPA pretraining (V-JEPA, section 3), in the paper's order:
 *
 *     minimise over theta, phi   || P_phi(E_theta(x), Delta_y) - sg(E_bar(y)) ||_1
 *
 * `initialPretrainingState` makes the state it begins with.
 *
 * @throws on use, if an input or a part of the state is missing
 */
export function pretrainingStep(
  config: PretrainingConfig,
): StepFunction<PretrainingState, PretrainingInputs, PretrainingOutputs> {
  const { recompute } = config;

  return (state, inputs) =>
    tf.tidy(() => {
      const { encoder: theta, predictor: phi, targetEncoder: thetaBar } = state;
      const clips = requireTensor(inputs, 'clips', 'the input');
      const { context: contextMasks, target: targetMasks } = masksOf(inputs);
      const present = presentIn(inputs);
      const x = config.normalizedClips ? clipPatches(config.encoder, clips) : framePatches(config.encoder, clips);

      // Targets: the target encoder sees every token; each token's features are normalised; nothing flows back.
      const h = tf.tidy(() => layerNormWithoutAffine(encodePatches(config.encoder, thetaBar, x)));

      // Context and prediction: for each mask i, z_i = P_phi(E_theta(x at its context), its targets' places).
      const forward = () => {
        const z = contextMasks.map((contextMask, i) => {
          const context = encodePatches(config.encoder, theta, x, {
            mask: contextMask,
            recompute,
            present: present[i]?.context,
            turn: i,
          });
          return predict(config.predictor, phi, context, contextMask, targetMasks[i]!, i, {
            recompute,
            present: present[i],
          });
        });
        const presentTargets = present.map(({ target }) => target);
        return objective(config, z, h, targetMasks, presentTargets);
      };

      // Loss and gradients with respect to theta and phi.
      const trained: TrainedModels = { encoder: trainableParameters(theta), predictor: trainableParameters(phi) };
      const { outputs, gradients: own } = valueAndGradients(forward, trained);

      // Update: clip encoder and predictor apart from each other, then AdamW. A part of a batch adds its gradients.
      const { updated, gradients, norms, ...update } = updateModels(state, own, inputs, config);

      // The target encoder follows the updated encoder: theta_bar <- m theta_bar + (1 - m) theta.
      const averaged = () => {
        const follow = movingAverage(requireTensor(inputs, 'momentum', 'the input'));
        const targetEncoder = { ...thetaBar };
        for (const name of Object.keys(thetaBar)) {
          if (!isTrainable(name) && !config.averageFrozenParameters) continue;
          targetEncoder[name] = follow(thetaBar[name]!, updated.encoder[name]!);
        }
        return { targetEncoder };
      };

      const { predictions, ...losses } = outputs;
      return {
        state: update.isLast ? { ...updated, ...averaged(), ...update.state } : update.state,
        outputs: {
          ...losses,
          ...norms,
          ...(predictions && {
            statistics: {
              ...predictions,
              ...inputStatistics(x.values),
              ...targetStatistics(h, config.lossExponent),
              ...modelStatistics('encoder', theta, updated.encoder, gradients.encoder),
              ...modelStatistics('predictor', phi, updated.predictor, gradients.predictor),
            },
          }),
        },
      };
    });
}

/** loss = loss_jepa + coefficient * loss_reg, every mask weighing the same however many targets it has. */
function objective(
  config: PretrainingConfig,
  z: tf.Tensor[],
  h: tf.Tensor,
  targetMasks: tf.Tensor[],
  present: tf.Tensor[],
) {
  const losses = z.map((prediction, i) => {
    const targets = gatherTokens(h, targetMasks[i]!);
    return predictionLoss(prediction, targets, targetMasks[i]!, config.lossExponent ?? 1, present[i]);
  });
  const lossJepa = meanOfMasks(losses);
  const lossReg = varianceRegularizer(z, targetMasks, present);
  const coefficient = config.regularizerCoefficient ?? 0;
  return {
    loss: coefficient === 0 ? lossJepa : tf.add(lossJepa, tf.mul(lossReg, coefficient)),
    lossJepa,
    lossReg,
    ...(config.statistics && { predictions: predictionStatistics(z, present) }),
  };
}

/** The mean of the masks' losses, scalars. */
export function meanOfMasks(losses: readonly tf.Tensor[]): tf.Tensor {
  return tf.mul(
    losses.reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0)),
    1 / losses.length,
  );
}

/** The masks, as many of targets as of context. */
export function masksOf(inputs: MaskTree): MaskTree {
  const context = requireTensor(inputs, 'context', 'the input');
  const target = requireTensor(inputs, 'target', 'the input');
  if (context.length === target.length && context.length > 0) return { context, target };
  throw new Error(`the step takes as many masks of context as of targets, not ${context.length} and ${target.length}`);
}

/** Which tokens of each mask are there, where masks are padded; empty where they are not. */
export function presentIn({ context, target, lengths }: MaskTree & Pick<PretrainingInputs, 'lengths'>) {
  if (lengths === undefined) return [];
  return context.map((mask, i) => ({
    context: presentTokens(mask.shape[1]!, lengths.context[i]!),
    target: presentTokens(target[i]!.shape[1]!, lengths.target[i]!),
  }));
}
