import * as tf from '@tensorflow/tfjs-core';
import {
  putBelow,
  requireTensor,
  type StepFunction,
  sumOverReplicas,
  type TensorRecord,
  takeBranch,
} from '@vjepa/engine';
import { ADAMW_DEFAULTS, type AdamWSettings, optimize, valueAndGradients } from '@vjepa/optim';
import { type EncoderConfig, selectParameters } from '@vjepa/vit';
import { countCorrect, crossEntropy, oneHotLabels } from './cross-entropy.js';
import type { ProbeConfig } from './probe-config.js';
import { probeLogits } from './probe-logits.js';
import { aggregateSegments, clipFeatures, type VideoFeatureOptions } from './video-features.js';

/** Probe, features and optimiser of a probe's step. */
export interface ProbeStepConfig extends VideoFeatureOptions {
  probe: ProbeConfig;
  /** How many probes train on the same features, each with its own learning rate and weight decay. Default 1. */
  numProbes?: number | undefined;
  /** K, temporal clips per video. Default 1. */
  segments?: number | undefined;
  /** V, spatial crops of each clip. Default 1. */
  views?: number | undefined;
  /** Attend over the tokens of all segments at once, as all published evaluations do. Default true. */
  attendAcrossSegments?: boolean | undefined;
  /** The frozen encoder; left out, the inputs are features that were computed before. */
  encoder?: EncoderConfig | undefined;
  adamW?: Partial<AdamWSettings> | undefined;
  /** A batch comes in parts, whose gradients add up before the update: see `probeTrainingStep`. Default false. */
  accumulate?: boolean | undefined;
}

/**
 * One step of training probes on a frozen encoder (V-JEPA, section 4.2).
 *
 * State: `probe.<i>.<name>` for each probe i, AdamW's `exp_avg.probe.<i>.<name>` and `exp_avg_sq.probe.<i>.<name>`,
 * and with `encoder` the frozen `encoder.<name>`; `initialProbeState` makes it.
 *
 * Inputs: `clips.<segment>.<view>`, or `features.<segment>.<view>` [B, N, D] without an encoder; `labels` [B] int32;
 * the scalars `learning_rate.<i>` and `weight_decay.<i>` for each probe, `step` (counted from 1) and `clip_norm`
 * (the published evaluations have 1; 0 for no clipping).
 *
 * With `accumulate` a step sees one part of a batch. The state also has `gradient.probe.<i>.<name>`, which
 * `initialGradients` makes, and the inputs `share`, the part's share of the batch's samples. A part without
 * `learning_rate.<i>` only adds its gradients; the last part has it, updates the probes and clears the sums.
 *
 * Outputs, scalars for each probe: `loss.<i>`, the cross-entropy averaged over views (and segments where the probe
 * sees them apart), `correct.<i>`, how many of the B samples the averaged probabilities get right, `grad_norm.<i>`.
 */
export function probeTrainingStep(config: ProbeStepConfig): StepFunction {
  const indices = probeIndices(config);
  return (state, inputs) =>
    tf.tidy(() => {
      const tokens = probeTokens(config, state, inputs);
      const labels = requireTensor(inputs, 'labels', 'the input');
      const targets = oneHotLabels(labels, config.probe.numClasses);

      const forward = () => {
        const logits = logitsOf(config, state, tokens.all);
        const copies = tokens.count === 1 ? targets : tf.tile(targets, [tokens.count, 1]);
        const losses = logits.map((scores) => crossEntropy(scores, copies));
        const correct = logits.map((scores) => {
          return sumOverReplicas(countCorrect(meanProbabilities(scores, tokens.count), labels));
        });
        return {
          // The probes share nothing that is trained, so the gradient of the sum is each one's own.
          loss: losses.reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0)),
          ...numbered('loss', losses),
          ...numbered('correct', correct),
        };
      };

      const trained = putBelow('probe', takeBranch(state, 'probe'));
      const { outputs, gradients: own } = valueAndGradients(forward, trained);
      const { loss: _sum, ...reported } = outputs as TensorRecord;
      const gradients = config.accumulate
        ? summedGradients(state, own, requireTensor(inputs, 'share', 'the input'))
        : own;
      if (config.accumulate && !('learning_rate.0' in inputs)) {
        return { state: { ...state, ...putBelow('gradient', gradients) }, outputs: reported };
      }
      const updates = indices.map((i) => {
        const ofProbe = putBelow(`probe.${i}`, takeBranch(gradients, `probe.${i}`));
        const scalars = {
          learning_rate: requireTensor(inputs, `learning_rate.${i}`, 'the input'),
          weight_decay: requireTensor(inputs, `weight_decay.${i}`, 'the input'),
          step: requireTensor(inputs, 'step', 'the input'),
          clip_norm: requireTensor(inputs, 'clip_norm', 'the input'),
        };
        return optimize(state, ofProbe, scalars, { adamW: { ...ADAMW_DEFAULTS, ...config.adamW } });
      });
      const cleared = config.accumulate ? putBelow('gradient', zerosLike(gradients)) : {};
      return {
        state: Object.assign({ ...state, ...cleared }, ...updates.map((update) => update.state)) as TensorRecord,
        outputs: {
          ...reported,
          ...numbered(
            'grad_norm',
            updates.map((update) => update.norm),
          ),
        },
      };
    });
}

/**
 * The probes' answers without training: the same state and the same clips or features, no labels.
 *
 * Outputs: `probabilities.<i>` [B, classes] for each probe, softmax averaged over views, and over segments where the
 * probe sees them apart.
 */
export function probeEvaluationStep(config: ProbeStepConfig): StepFunction {
  return (state, inputs) =>
    tf.tidy(() => {
      const tokens = probeTokens(config, state, inputs);
      const logits = logitsOf(config, state, tokens.all);
      const probabilities = logits.map((scores) => meanProbabilities(scores, tokens.count));
      return { state: { ...state }, outputs: numbered('probabilities', probabilities) };
    });
}

/** The sums so far and this part's gradients. */
function summedGradients(state: TensorRecord, gradients: TensorRecord, share: tf.Tensor): TensorRecord {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => {
      const sum = requireTensor(state, `gradient.${name}`, 'the state');
      return [name, tf.add(sum, tf.mul(gradient, share))];
    }),
  );
}

function zerosLike(tensors: TensorRecord): TensorRecord {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.zerosLike(tensor)]));
}

function probeIndices(config: ProbeStepConfig): number[] {
  return Array.from({ length: config.numProbes ?? 1 }, (_, i) => i);
}

/** Everything the probe looks at, laid one below the other: `count` times [B, N, D] in one [count * B, N, D]. */
function probeTokens(config: ProbeStepConfig, state: TensorRecord, inputs: TensorRecord) {
  const { segments = 1, views = 1, attendAcrossSegments = true, encoder } = config;
  const features = Array.from({ length: segments }, (_, segment) =>
    Array.from({ length: views }, (_, view): tf.Tensor3D => {
      if (encoder === undefined)
        return requireTensor(inputs, `features.${segment}.${view}`, 'the input') as tf.Tensor3D;
      const clips = requireTensor(inputs, `clips.${segment}.${view}`, 'the input');
      return clipFeatures(encoder, selectParameters(state, 'encoder.'), clips, config);
    }),
  );
  const seen = aggregateSegments(features, { attendAcrossSegments });
  return { all: seen.length === 1 ? seen[0]! : tf.concat(seen, 0), count: seen.length };
}

function logitsOf(config: ProbeStepConfig, state: TensorRecord, tokens: tf.Tensor3D): tf.Tensor2D[] {
  const parametersOf = probeIndices(config).map((i) => selectParameters(state, `probe.${i}.`));
  return probeLogits(config.probe, parametersOf, tokens);
}

/** softmax, averaged over `count` looks at each sample: [count * B, C] -> [B, C]. */
function meanProbabilities(logits: tf.Tensor2D, count: number): tf.Tensor2D {
  const probabilities = tf.softmax(logits);
  if (count === 1) return probabilities;
  const [rows, C] = logits.shape;
  return tf.mean(tf.reshape(probabilities, [count, rows / count, C]), 0);
}

function numbered(name: string, tensors: tf.Tensor[]): TensorRecord {
  return Object.fromEntries(tensors.map((tensor, i) => [`${name}.${i}`, tensor]));
}
