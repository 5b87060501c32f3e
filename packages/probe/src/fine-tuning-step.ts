import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, requireTensor, reverseBatch, type StepFunction } from '@vjepa/engine';
import { type AdamWSettings, initialMoments, optimize, optimizerSchedule, valueAndGradients } from '@vjepa/optim';
import {
  clipPatches,
  type EncoderConfig,
  encodePatches,
  framePatches,
  type Parameters,
  type Recompute,
  trainableParameters,
} from '@vjepa/vit';
import { crossEntropy } from './cross-entropy.js';
import { layerDecay } from './layer-decay.js';
import type { ProbeConfig } from './probe-config.js';
import { probeLogits } from './probe-logits.js';

/** Encoder, head and optimiser of a fine-tuning step. */
export interface FineTuningConfig {
  encoder: EncoderConfig;
  /** The classifier: an average probe with `normalize`, or an attentive probe trained before. */
  head: ProbeConfig;
  /** Factor of the learning rate from one block to the one below. Default 0.75. */
  layerDecay?: number | undefined;
  /** Take `mix` and mix each clip with its partner in the reversed batch. */
  mix?: boolean | undefined;
  /** Take `branchScale`: stochastic depth. */
  stochasticDepth?: boolean | undefined;
  /** Take `dropout`: dropout of the pooled features. */
  headDropout?: boolean | undefined;
  /** Clips come normalised, [B, 3, T, H, W], instead of as pixels [B, T, H, W, 3] with values 0..255. */
  normalizedClips?: boolean | undefined;
  recompute?: Recompute | undefined;
  adamW?: AdamWSettings | undefined;
}

/** Encoder and classifier, or one of AdamW's moments for each of their trained parameters. */
export type FineTunedModels = { encoder: Parameters; probe: [head: Parameters] };

/** What fine-tuning changes from step to step. `probeEvaluationStep` takes it too. */
export type FineTuningState = FineTunedModels & { expAvg: FineTunedModels; expAvgSq: FineTunedModels };

/** What a fine-tuning step is fed. With repeated sampling a batch simply holds a video several times. */
export type FineTuningInputs = {
  /** Pixels [B, T, H, W, 3] with values 0..255, or normalised [B, 3, T, H, W]. */
  clips: tf.Tensor;
  /** [B, classes]; see `softTargets`. */
  targets: tf.Tensor;
  learningRate: tf.Tensor;
  weightDecay: tf.Tensor;
  /** AdamW's t, counted from 1. */
  step: tf.Tensor;
  /** Largest norm of all gradients; 0, or left out: they are not clipped. */
  clipNorm?: tf.Tensor | undefined;
  /** [H, W]; see `sampleMix`. */
  mix?: tf.Tensor | undefined;
  /** [depth, 2, B]; see `sampleBranchScale`. */
  branchScale?: tf.Tensor | undefined;
  /** [B, D]; see `sampleDropout`. */
  dropout?: tf.Tensor | undefined;
};

/** Scalars; the norm is that before clipping. */
export type FineTuningOutputs = { loss: tf.Tensor; gradNorm: tf.Tensor };

/**
 * One step of end-to-end fine-tuning (V-JEPA, appendix on fine-tuning, after VideoMAE): encoder and classifier train
 * together on mixed clips and soft targets, lower layers more slowly. `initialFineTuningState` makes the state.
 */
export function fineTuningStep(
  config: FineTuningConfig,
): StepFunction<FineTuningState, FineTuningInputs, FineTuningOutputs> {
  const { encoder, head, adamW } = config;
  const learningRateScale = layerDecay(config.layerDecay ?? 0.75, encoder.depth);
  const step: StepFunction<FineTuningState, FineTuningInputs, FineTuningOutputs> = (state, inputs) =>
    tf.tidy(() => {
      const optional = (wanted: boolean | undefined, name: 'branchScale' | 'dropout') =>
        wanted ? requireTensor(inputs, name, 'the input') : undefined;
      const given = requireTensor(inputs, 'clips', 'the input');
      const clips = config.mix
        ? mixWithPartner(given, requireTensor(inputs, 'mix', 'the input'), config.normalizedClips ?? false)
        : given;
      const x = config.normalizedClips ? clipPatches(encoder, clips) : framePatches(encoder, clips);

      const forward = () => {
        const tokens = encodePatches(encoder, state.encoder, x, {
          recompute: config.recompute,
          branchScale: optional(config.stochasticDepth, 'branchScale'),
        });
        const dropout = optional(config.headDropout, 'dropout');
        const [logits] = probeLogits(head, state.probe, tokens, { inputGradient: true, dropout });
        return { loss: crossEntropy(logits!, requireTensor(inputs, 'targets', 'the input')) };
      };

      const trained: FineTunedModels = { encoder: trainableParameters(state.encoder), probe: state.probe };
      const { outputs, gradients } = valueAndGradients(forward, trained);
      const schedule = optimizerSchedule(inputs);
      const models: FineTunedModels = { encoder: state.encoder, probe: state.probe };
      const slots = { parameters: models, expAvg: state.expAvg, expAvgSq: state.expAvgSq };
      const { parameters, expAvg, expAvgSq, norm } = optimize(slots, gradients, schedule, { adamW, learningRateScale });
      return { state: { ...parameters, expAvg, expAvgSq }, outputs: { loss: outputs.loss, gradNorm: norm } };
    });
  return Object.assign(step, { batchAxes: { mix: 'whole', branchScale: 2 } as const });
}

/** The state of `fineTuningStep`, with AdamW's moments at zero. */
export function initialFineTuningState(encoder: Record<string, FloatTensor>, head: Record<string, FloatTensor>) {
  const probe: [typeof head] = [head];
  return { encoder, probe, ...initialMoments({ encoder: trainableParameters(encoder), probe }) };
}

/** Each pixel: its share from the sample itself, the rest from the sample at the other end of the batch. */
function mixWithPartner(clips: tf.Tensor, map: tf.Tensor, channelsFirst: boolean): tf.Tensor {
  const [H, W] = map.shape as [number, number];
  const share = tf.reshape(map, channelsFirst ? [1, 1, 1, H, W] : [1, 1, H, W, 1]);
  return tf.add(tf.mul(clips, share), tf.mul(reverseBatch(clips), tf.sub(1, share)));
}
