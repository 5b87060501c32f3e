import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type StepFunction, type TensorRecord } from '@vjepa/engine';
import { movingAverage, valueAndGradients } from '@vjepa/optim';
import {
  encodeVjepa2Patches,
  encodeVjepa2PatchesLevels,
  gatherTokens,
  layerNormWithoutAffine,
  predictVjepa2,
  predictVjepa2WithContext,
  type Recompute,
  type Vjepa2EncoderConfig,
  type Vjepa2Patches,
  type Vjepa2PredictorConfig,
  vjepa2ClipPatches,
  vjepa2FramePatches,
} from '@vjepa/vit';
import { distanceWeights } from './distance-weights.js';
import { predictionLoss } from './objective.js';
import type { PretrainingState } from './pretraining-state.js';
import { type MaskTree, masksOf, meanOfMasks, type PretrainingInputs, presentIn } from './pretraining-step.js';
import { inputStatistics, modelStatistics, predictionStatistics, targetStatistics } from './training-statistics.js';
import { type UpdateSettings, updateModels } from './update-models.js';

/** Models, loss and optimiser of a pretraining step of V-JEPA 2 or 2.1. */
export interface Vjepa2PretrainingConfig extends UpdateSettings {
  encoder: Vjepa2EncoderConfig;
  predictor: Vjepa2PredictorConfig;
  /**
   * A frozen encoder whose last features are predicted in place of the target encoder's, as V-JEPA 2.1 distills its large encoders into
   * small ones; the predictor's outputs are as wide. The target encoder then is an average that nothing is predicted of.
   */
  teacher?: Vjepa2EncoderConfig | undefined;
  /** p of the loss |z - h|^p / p. Default 1. */
  lossExponent?: number | undefined;
  /**
   * Which mask token stands for the hidden tokens. Default `group`, as published: that of the clips' group, so that all masks
   * of clips of one length share one. `mask`: one for each mask, as in V-JEPA.
   */
  maskToken?: 'group' | 'mask' | undefined;
  /** V-JEPA 2.1: whether a visible token's loss counts less the farther it is from what is hidden. Default true. */
  distanceWeights?: boolean | undefined;
  /** Clips come normalised, [B, 3, T, H, W], instead of as pixels [B, T, H, W, 3] with values 0..255. */
  normalizedClips?: boolean | undefined;
  /** What the blocks compute again in the backward pass instead of keeping it. */
  recompute?: Recompute | undefined;
  /** Also return what tells a healthy run from a collapsing one, of the first group; see `training-statistics`. */
  statistics?: boolean | undefined;
}

/** Clips of one length and size with their masks; in V-JEPA 2.1 clips of one frame are images. */
export type ClipGroup = MaskTree & {
  /** Pixels [B, T, H, W, 3] with values 0..255, or normalised [B, 3, T, H, W]. */
  clips: tf.Tensor;
  /** V-JEPA 2.1: lambda, the weight of the loss of visible tokens, a scalar. */
  contextWeight?: tf.Tensor | undefined;
};

/** What a step is fed: groups of clips, and the schedules' values as scalars. */
export type Vjepa2PretrainingInputs = {
  groups: ClipGroup[];
  /** Where masks are padded at their end: int32 scalars, how many tokens there are. */
  lengths?: { groups: MaskTree[] } | undefined;
} & Pick<PretrainingInputs, 'share' | 'learningRate' | 'weightDecay' | 'momentum' | 'step' | 'clipNorm'>;

/** Scalars that a step returns. */
export type Vjepa2PretrainingOutputs = {
  /** The objective: `lossJepa`, and in V-JEPA 2.1 lambda times `lossContext`. */
  loss: tf.Tensor;
  /** Of hidden tokens: mean over groups and masks of |z - h|^p / p. */
  lossJepa: tf.Tensor;
  /** V-JEPA 2.1, of visible tokens: the same, each weighted by its distance. */
  lossContext?: tf.Tensor;
  encoderGradNorm: tf.Tensor;
  predictorGradNorm: tf.Tensor;
  statistics?: TensorRecord;
};

/**
 * One step of V-JEPA 2 pretraining (Assran et al. 2025), which is V-JEPA's with clips of several lengths; and of V-JEPA 2.1
 * with its dense loss: all levels of the encoder are predicted, where tokens are hidden and where they are seen.
 *
 * Parameters that no group needs, such as the embedding of images where there are none, have no gradient: the optimiser leaves
 * them alone, decay included. `initialPretrainingState` makes the state it begins with.
 *
 * @throws on use, if an input or a part of the state is missing
 */
export function vjepa2PretrainingStep(
  config: Vjepa2PretrainingConfig,
): StepFunction<PretrainingState, Vjepa2PretrainingInputs, Vjepa2PretrainingOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const { encoder: theta, predictor: phi, targetEncoder: thetaBar } = state;
      const groups = groupsOf(config, inputs);

      // Targets: every token of the target encoder, each level's features normalised; nothing flows back.
      const targets = groups.map(({ x }) =>
        tf.tidy(() =>
          config.teacher === undefined
            ? normalizedLevels(encodeLevels(config, thetaBar, x), config.predictor.levels)
            : layerNormWithoutAffine(encodeVjepa2Patches(config.teacher, taught(state), x)),
        ),
      );

      const forward = () => {
        const found = groups.map((group, g) => groupLoss(config, state, group, targets[g]!, g));
        const lossJepa = meanOfMasks(found.map((of) => of.lossJepa));
        const losses = {
          loss: meanOfMasks(found.map((of) => of.loss)),
          lossJepa,
          ...(config.encoder.version === '2.1' && { lossContext: meanOfMasks(found.map((of) => of.lossContext!)) }),
        };
        const there = groups[0]!.present.map(({ target }) => target);
        return { ...losses, ...(config.statistics && { predictions: predictionStatistics(found[0]!.z, there) }) };
      };

      const { outputs, gradients: own } = valueAndGradients(forward, { encoder: theta, predictor: phi });
      const { updated, gradients, norms, ...update } = updateModels(state, own, inputs, config);

      // The target encoder follows the updated encoder: theta_bar <- m theta_bar + (1 - m) theta.
      const averaged = () => {
        const follow = movingAverage(requireTensor(inputs, 'momentum', 'the input'));
        const entries = Object.entries(thetaBar).map(([name, average]) => {
          return [name, follow(average, updated.encoder[name]!)] as const;
        });
        return { targetEncoder: Object.fromEntries(entries) };
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
              ...inputStatistics(groups[0]!.x.values),
              ...targetStatistics(targets[0]!, config.lossExponent),
              ...modelStatistics('encoder', theta, updated.encoder, gradients.encoder),
              ...modelStatistics('predictor', phi, updated.predictor, gradients.predictor),
            },
          }),
        },
      };
    });
}

function taught(state: PretrainingState): NonNullable<PretrainingState['teacher']> {
  return requireTensor(state, 'teacher', 'the state')!;
}

/** A group's patches, masks, and which tokens of these are there. */
interface CutGroup extends MaskTree {
  x: Vjepa2Patches;
  /** Passes through the encoder that groups before it make. */
  passesBefore: number;
  present: ReturnType<typeof presentIn>;
  contextWeight: tf.Tensor | undefined;
}

function groupsOf(config: Vjepa2PretrainingConfig, inputs: Vjepa2PretrainingInputs): CutGroup[] {
  const cut = config.normalizedClips ? vjepa2ClipPatches : vjepa2FramePatches;
  const groups = requireTensor(inputs, 'groups', 'the input');
  if (groups.length === 0) throw new Error('the step takes one group of clips or more, not none');
  const passesBefore = (g: number) => groups.slice(0, g).reduce((sum, { context }) => sum + context.length, 0);
  return groups.map((group, g) => ({
    ...masksOf(group),
    passesBefore: passesBefore(g),
    x: cut(config.encoder, requireTensor(group, 'clips', 'the input')),
    present: presentIn({ ...group, lengths: inputs.lengths?.groups[g] }),
    contextWeight: group.contextWeight,
  }));
}

/** The losses of one group, means over its masks, and its predictions, one for each. */
function groupLoss(
  config: Vjepa2PretrainingConfig,
  { encoder: theta, predictor: phi }: PretrainingState,
  group: CutGroup,
  h: tf.Tensor,
  g: number,
) {
  const { predictor, recompute, lossExponent = 1 } = config;
  const { x } = group;
  const dense = config.encoder.version === '2.1';
  const perMask = group.context.map((contextMask, i) => {
    const [targetMask, present] = [group.target[i]!, group.present[i]];
    const turn = group.passesBefore + i;
    const seen = { mask: contextMask, recompute, present: present?.context, turn };
    const context = encodeLevels(config, theta, x, seen);
    // In V-JEPA 2.1 groups are of one length, and the token is always the first.
    const maskIndex = config.maskToken === 'mask' ? i : dense ? 0 : g;
    const options = { maskIndex, modality: x.modality, grid: x.grid, recompute, present };
    if (!dense) {
      const z = predictVjepa2(predictor, phi, context, contextMask, targetMask, options);
      return { z, hidden: lossAt(z, targetMask, present?.target) };
    }
    const z = predictVjepa2WithContext(predictor, phi, context, contextMask, targetMask, options);
    const weights =
      (config.distanceWeights ?? true) ? distanceWeights(contextMask, targetMask, x.grid, present?.target) : undefined;
    return {
      z: z.target,
      hidden: lossAt(z.target, targetMask, present?.target),
      seen: lossAt(z.context, contextMask, present?.context, weights),
    };
  });

  function lossAt(z: tf.Tensor, mask: tf.Tensor, present?: tf.Tensor, weights?: tf.Tensor): tf.Tensor {
    return predictionLoss(z, gatherTokens(h, mask), mask, lossExponent, present, weights);
  }

  const lossJepa = meanOfMasks(perMask.map(({ hidden }) => hidden));
  const z = perMask.map((mask) => mask.z);
  if (!dense) return { loss: lossJepa, lossJepa, z };
  const lossContext = meanOfMasks(perMask.map(({ seen }) => seen!));
  const lambda = requireTensor(group, 'contextWeight', 'the input');
  return { loss: tf.add(lossJepa, tf.mul(lossContext, lambda)), lossJepa, lossContext, z };
}

/** What is predicted of an encoder: its last level, or all that V-JEPA 2.1's predictor takes. */
function encodeLevels(
  { encoder, predictor }: Vjepa2PretrainingConfig,
  parameters: PretrainingState['encoder'],
  x: Vjepa2Patches,
  options?: Parameters<typeof encodeVjepa2Patches>[3],
): tf.Tensor {
  const encode = predictor.levels > 1 ? encodeVjepa2PatchesLevels : encodeVjepa2Patches;
  return encode(encoder, parameters, x, options);
}

/**
 * The targets of V-JEPA 2.1: every level's features to mean 0 and deviation 1.
 *
 * @param features [B, N, levels * D], the levels one after the other
 */
export function normalizedLevels(features: tf.Tensor, levels: number): tf.Tensor {
  const [B, N, width] = features.shape as [number, number, number];
  return tf.reshape(layerNormWithoutAffine(tf.reshape(features, [B, N, levels, width / levels])), [B, N, width]);
}
