import * as tf from '@tensorflow/tfjs-core';
import { putBelow, requireTensor, type StepFunction, type TensorRecord, takeBranch } from '@vjepa/engine';
import {
  ADAMW_DEFAULTS,
  type AdamWSettings,
  movingAverage,
  type OptimizerInputs,
  optimize,
  valueAndGradients,
} from '@vjepa/optim';
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
  selectParameters,
  trainableParameters,
} from '@vjepa/vit';
import { predictionLoss, varianceRegularizer } from './objective.js';
import { inputStatistics, modelStatistics, predictionStatistics, targetStatistics } from './training-statistics.js';

/** Epsilon of the affine-free layer norm on the targets (the encoder's own norms have 1e-6). */
const TARGET_NORM_EPSILON = 1e-5;

/** Models, masks, loss and optimiser of a pretraining step. */
export interface PretrainingConfig {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
  /** M, how many context and target masks each clip has. Default: one per mask token of the predictor. */
  numMasks?: number | undefined;
  /** p of the loss |z - h|^p / p. Default 1. */
  lossExponent?: number | undefined;
  /** Weight of the variance regulariser. Default 0: logged, not trained. */
  regularizerCoefficient?: number | undefined;
  adamW?: Partial<AdamWSettings> | undefined;
  /** Whether the step takes `clip_norm` and scales gradients by it. Default true. */
  clipGradients?: boolean | undefined;
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

/**
 * One step of V-JEPA pretraining (V-JEPA, section 3), in the paper's order:
 *
 *     minimise over theta, phi   || P_phi(E_theta(x), Delta_y) - sg(E_bar(y)) ||_1
 *
 * State: `encoder.*` (theta), `predictor.*` (phi), `target_encoder.*` (the moving average of theta), and AdamW's
 * `exp_avg.*`, `exp_avg_sq.*` for every trained parameter; `initialPretrainingState` makes one.
 *
 * Inputs: `clips`; for each mask i `context.i` [B, Kc_i] and `target.i` [B, Kt_i], int32; and the scalars
 * `learning_rate`, `weight_decay`, `momentum`, `step` (counted from 1) and `clip_norm` (0 for no clipping). Masks may be
 * padded at their end: int32 scalars `context.i.length` and `target.i.length` then say how many tokens there are.
 *
 * Outputs, all scalars: `loss`, `loss_jepa`, `loss_reg`, `encoder_grad_norm`, `predictor_grad_norm` (before clipping),
 * and with `statistics` those of `training-statistics`.
 *
 * @throws on use, if an input or a part of the state is missing
 */
export function pretrainingStep(config: PretrainingConfig): StepFunction {
  const M = config.numMasks ?? config.predictor.numMaskTokens;
  const adamW = { adamW: { ...ADAMW_DEFAULTS, ...config.adamW } };
  const { recompute } = config;

  return (state, inputs) =>
    tf.tidy(() => {
      const theta = selectParameters(state, 'encoder.');
      const phi = selectParameters(state, 'predictor.');
      const thetaBar = selectParameters(state, 'target_encoder.');
      const clips = requireTensor(inputs, 'clips', 'the input');
      const contextMasks = masksOf(inputs, 'context', M);
      const targetMasks = masksOf(inputs, 'target', M);
      const present = presentIn(inputs, contextMasks, targetMasks);
      const x = config.normalizedClips ? clipPatches(config.encoder, clips) : framePatches(config.encoder, clips);

      // Targets: the target encoder sees every token; each token's features are normalised; nothing flows back.
      const h = tf.tidy(() => layerNormWithoutAffine(encodePatches(config.encoder, thetaBar, x), TARGET_NORM_EPSILON));

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
      const trained = trainableParameters({ ...putBelow('encoder', theta), ...putBelow('predictor', phi) });
      const { outputs, gradients } = valueAndGradients(forward, trained);

      // Update: clip encoder and predictor apart from each other, then AdamW.
      const optimizer = optimizerInputs(inputs, config.clipGradients ?? true);
      const encoderGradients = putBelow('encoder', takeBranch(gradients, 'encoder'));
      const predictorGradients = putBelow('predictor', takeBranch(gradients, 'predictor'));
      const encoder = optimize(state, encoderGradients, optimizer, adamW);
      const predictor = optimize(state, predictorGradients, optimizer, adamW);
      const next: TensorRecord = { ...state, ...encoder.state, ...predictor.state };

      // The target encoder follows the updated encoder: theta_bar <- m theta_bar + (1 - m) theta.
      const follow = movingAverage(requireTensor(inputs, 'momentum', 'the input'));
      for (const name of Object.keys(thetaBar)) {
        if (!isTrainable(name) && !config.averageFrozenParameters) continue;
        next[`target_encoder.${name}`] = follow(thetaBar[name]!, next[`encoder.${name}`]!);
      }

      return {
        state: next,
        outputs: {
          ...outputs,
          encoder_grad_norm: encoder.norm,
          predictor_grad_norm: predictor.norm,
          ...(config.statistics && {
            ...inputStatistics(x.values),
            ...targetStatistics(h),
            ...modelStatistics('encoder', state, next, encoderGradients),
            ...modelStatistics('predictor', state, next, predictorGradients),
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
  const lossJepa = tf.mul(
    losses.reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0)),
    1 / z.length,
  );
  const lossReg = varianceRegularizer(z, targetMasks, present);
  const coefficient = config.regularizerCoefficient ?? 0;
  return {
    loss: coefficient === 0 ? lossJepa : tf.add(lossJepa, tf.mul(lossReg, coefficient)),
    loss_jepa: lossJepa,
    loss_reg: lossReg,
    ...(config.statistics && predictionStatistics(z, present)),
  };
}

function masksOf(inputs: TensorRecord, kind: 'context' | 'target', M: number): tf.Tensor[] {
  return Array.from({ length: M }, (_, i) => requireTensor(inputs, `${kind}.${i}`, 'the input'));
}

/** Which tokens of each mask are there, where masks are padded; empty where they are not. */
function presentIn(inputs: TensorRecord, context: tf.Tensor[], target: tf.Tensor[]) {
  if (inputs['context.0.length'] === undefined) return [];
  const presentOf = (mask: tf.Tensor, name: string) =>
    presentTokens(mask.shape[1]!, requireTensor(inputs, `${name}.length`, 'the input'));
  return context.map((mask, i) => ({
    context: presentOf(mask, `context.${i}`),
    target: presentOf(target[i]!, `target.${i}`),
  }));
}

function optimizerInputs(inputs: TensorRecord, clip: boolean): OptimizerInputs {
  return {
    learning_rate: requireTensor(inputs, 'learning_rate', 'the input'),
    weight_decay: requireTensor(inputs, 'weight_decay', 'the input'),
    step: requireTensor(inputs, 'step', 'the input'),
    clip_norm: clip ? requireTensor(inputs, 'clip_norm', 'the input') : undefined,
  };
}
