import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, putBelow, requireTensor, reverseBatch, type StepFunction, takeBranch } from '@vjepa/engine';
import { ADAMW_DEFAULTS, type AdamWSettings, initialMoments, optimize, valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  type Recompute,
  selectParameters,
  trainableParameters,
} from '@vjepa/vit';
import { crossEntropy } from './cross-entropy.js';
import { layerDecay } from './layer-decay.js';
import type { ProbeConfig } from './probe-config.js';
import { probeLogits } from './probe-logits.js';
import { initialProbeState } from './probe-state.js';

/** Encoder, head and optimiser of a fine-tuning step. */
export interface FineTuningConfig {
  encoder: EncoderConfig;
  /** The classifier: an average probe with `normalize`, or an attentive probe trained before. */
  head: ProbeConfig;
  /** Factor of the learning rate from one block to the one below. Default 0.75. */
  layerDecay?: number | undefined;
  /** Take `mix` [H, W] and mix each clip with its partner in the reversed batch. */
  mix?: boolean | undefined;
  /** Take `branch_scale` [depth, 2, B]: stochastic depth. */
  stochasticDepth?: boolean | undefined;
  /** Take `dropout` [B, D]: dropout of the pooled features. */
  headDropout?: boolean | undefined;
  /** Clips come normalised, [B, 3, T, H, W], instead of as pixels [B, T, H, W, 3] with values 0..255. */
  normalizedClips?: boolean | undefined;
  recompute?: Recompute | undefined;
  adamW?: Partial<AdamWSettings> | undefined;
}

/**
 * One step of end-to-end fine-tuning (V-JEPA, appendix on fine-tuning, after VideoMAE): encoder and classifier train
 * together on mixed clips and soft targets, lower layers more slowly.
 *
 * State: `encoder.*`, the classifier as `probe.0.*`, AdamW's moments of both; `initialFineTuningState` makes it, and
 * `probeEvaluationStep` evaluates it.
 *
 * Inputs: `clips`, `targets` [B, classes] (see `softTargets`), the scalars `learning_rate`, `weight_decay`, `step`
 * (counted from 1) and `clip_norm` (0 for no clipping), and what the config asks for: `mix` (`sampleMix`),
 * `branch_scale` (`sampleBranchScale`), `dropout` (`sampleDropout`). With repeated sampling a batch simply holds a
 * video several times, augmented differently.
 *
 * Outputs: the scalars `loss` and `grad_norm` (before clipping).
 */
export function fineTuningStep(config: FineTuningConfig): StepFunction {
  const { encoder, head } = config;
  const learningRateScale = layerDecay(config.layerDecay ?? 0.75, encoder.depth);
  const step: StepFunction = (state, inputs) =>
    tf.tidy(() => {
      const input = (name: string) => requireTensor(inputs, name, 'the input');
      const optional = (wanted: boolean | undefined, name: string) => (wanted ? input(name) : undefined);
      const given = input('clips');
      const clips = config.mix ? mixWithPartner(given, input('mix'), config.normalizedClips ?? false) : given;
      const x = config.normalizedClips ? clipPatches(encoder, clips) : framePatches(encoder, clips);

      const forward = () => {
        const tokens = encodePatches(encoder, selectParameters(state, 'encoder.'), x, {
          recompute: config.recompute,
          branchScale: optional(config.stochasticDepth, 'branch_scale'),
        });
        const dropout = optional(config.headDropout, 'dropout');
        const parameters = selectParameters(state, 'probe.0.');
        const [logits] = probeLogits(head, [parameters], tokens, { inputGradient: true, dropout });
        return { loss: crossEntropy(logits!, input('targets')) };
      };

      const trained = trainableParameters({
        ...putBelow('encoder', takeBranch(state, 'encoder')),
        ...putBelow('probe.0', takeBranch(state, 'probe.0')),
      });
      const { outputs, gradients } = valueAndGradients(forward, trained);
      const scalars = {
        learning_rate: input('learning_rate'),
        weight_decay: input('weight_decay'),
        step: input('step'),
        clip_norm: input('clip_norm'),
      };
      const adamW = { ...ADAMW_DEFAULTS, ...config.adamW };
      const update = optimize(state, gradients, scalars, { adamW, learningRateScale });
      return { state: { ...state, ...update.state }, outputs: { loss: outputs.loss, grad_norm: update.norm } };
    });
  return Object.assign(step, { batchAxes: { mix: 'whole', branch_scale: 2 } as const });
}

/** The state of `fineTuningStep`, with AdamW's moments at zero. */
export function initialFineTuningState(
  encoder: Record<string, FloatTensor>,
  head: Record<string, FloatTensor>,
): Record<string, FloatTensor> {
  const state = initialProbeState([head], encoder);
  return { ...state, ...initialMoments(putBelow('encoder', trainableParameters(encoder))) };
}

/** Each pixel: its share from the sample itself, the rest from the sample at the other end of the batch. */
function mixWithPartner(clips: tf.Tensor, map: tf.Tensor, channelsFirst: boolean): tf.Tensor {
  const [H, W] = map.shape as [number, number];
  const share = tf.reshape(map, channelsFirst ? [1, 1, 1, H, W] : [1, 1, H, W, 1]);
  return tf.add(tf.mul(clips, share), tf.mul(reverseBatch(clips), tf.sub(1, share)));
}
