import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, requireTensor, type StepFunction, samplesOverReplicas } from '@vjepa/engine';
import { type AdamWSettings, initialMoments, optimize, valueAndGradients } from '@vjepa/optim';
import type { Parameters } from '@vjepa/vit';
import {
  BATCH_NORM_MOMENTUM,
  depthOfScores,
  type FeatureStatistics,
  featureStatistics,
  normalizeFeatures,
  patchScores,
} from './dense-probe.js';
import type { DenseProbeConfig } from './dense-probe-config.js';
import { depthLoss } from './depth-loss.js';
import { pixelCrossEntropy } from './pixel-cross-entropy.js';
import { upsampleBilinear } from './upsample.js';

/** What dense probes are asked with: each one's parameters, and what all normalise features by. */
export type DenseProbeParametersState = {
  probe: Parameters[];
  /** Running mean and variance of the features, [D]; where there is a norm. */
  statistics?: FeatureStatistics | undefined;
};

/** What training dense probes changes from step to step. */
export type DenseProbeState = DenseProbeParametersState & {
  expAvg: { probe: Parameters[] };
  expAvgSq: { probe: Parameters[] };
};

/**
 * The state of `denseProbeTrainingStep`: running means as a fresh BatchNorm has them, AdamW's moments at zero.
 *
 * @param probes the parameters of each probe; several may start from the same arrays
 */
export function initialDenseProbeState(config: DenseProbeConfig, probes: Record<string, FloatTensor>[]) {
  const D = config.embedDim;
  const filled = (value: number): FloatTensor => ({ shape: [D], data: new Float32Array(D).fill(value) });
  return {
    probe: probes,
    ...(config.norm && { statistics: { mean: filled(0), variance: filled(1) } }),
    ...initialMoments({ probe: probes }),
  };
}

/** What a step that trains dense probes is fed. */
export type DenseProbeTrainingInputs = {
  /** Frozen features of patches, [B, h * w, D]. */
  features: tf.Tensor;
  /**
   * [B, H, W], float32: classes, where a number that is none does not count; or depths in metres, 0 where there is none. (Engines
   * take whole numbers of this rank for masks, whose lengths change.)
   */
  targets: tf.Tensor;
  /** For each probe. */
  learningRate: tf.Tensor[];
  weightDecay: tf.Tensor[];
  /** AdamW's t, counted from 1. */
  step: tf.Tensor;
};

/** Each probe's loss. */
export type DenseProbeTrainingOutputs = { loss: tf.Tensor[] };

/**
 * One step of training linear layers on frozen patch features: all probes on the same features, each with its own learning
 * rate and weight decay. Scores of patches are interpolated to the size of the targets; the loss is `pixelCrossEntropy` or
 * `depthLoss`.
 */
export function denseProbeTrainingStep(
  config: DenseProbeConfig,
  { adamW }: { adamW?: AdamWSettings | undefined } = {},
): StepFunction<DenseProbeState, DenseProbeTrainingInputs, DenseProbeTrainingOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const features = requireTensor(inputs, 'features', 'the input');
      const targets = requireTensor(inputs, 'targets', 'the input');
      const statistics = config.norm ? featureStatistics(features) : undefined;
      // Nothing that is trained lies before it.
      const normalized = statistics ? normalizeFeatures(features, statistics) : features;
      const forward = () => {
        const losses = state.probe.map((parameters): tf.Tensor => {
          return lossOf(config, patchScores(config, parameters, normalized), targets);
        });
        // The probes share nothing, so the gradient of the sum is each one's own.
        return { loss: losses.reduce((sum, own) => tf.add(sum, own)), losses };
      };
      const { outputs, gradients } = valueAndGradients(forward, { probe: state.probe });
      const step = requireTensor(inputs, 'step', 'the input');
      const updates = state.probe.map((parameters, i) =>
        optimize(
          { parameters, expAvg: state.expAvg.probe[i]!, expAvgSq: state.expAvgSq.probe[i]! },
          gradients.probe[i]!,
          { learningRate: inputs.learningRate[i]!, weightDecay: inputs.weightDecay[i]!, step },
          { adamW },
        ),
      );
      return {
        state: {
          probe: updates.map(({ parameters }) => parameters),
          expAvg: { probe: updates.map(({ expAvg }) => expAvg) },
          expAvgSq: { probe: updates.map(({ expAvgSq }) => expAvgSq) },
          ...(statistics && { statistics: runningStatistics(requireStatistics(state), statistics, features) }),
        },
        outputs: { loss: outputs.losses },
      };
    });
}

function lossOf(config: DenseProbeConfig, scores: tf.Tensor4D, targets: tf.Tensor): tf.Tensor {
  const [, H, W] = targets.shape as [number, number, number];
  if (config.task === 'segmentation') return pixelCrossEntropy(upsampleBilinear(scores, H, W), targets);
  const depths = depthOfScores(config, scores);
  const whole = upsampleBilinear(tf.reshape(depths, [...depths.shape, 1]), H, W);
  return depthLoss(tf.reshape(whole, targets.shape), targets, config);
}

function requireStatistics({ statistics }: DenseProbeParametersState): FeatureStatistics {
  if (statistics !== undefined) return statistics;
  throw new Error("the step needs the state 'statistics', since its probes have a norm");
}

/** A tenth of the way to the batch's, whose variance is that of a sample. */
function runningStatistics(
  running: FeatureStatistics,
  { mean, variance }: FeatureStatistics,
  features: tf.Tensor,
): FeatureStatistics {
  const [B, N] = features.shape as [number, number, number];
  const rows = samplesOverReplicas(B) * N;
  const toward = (old: tf.Tensor, batch: tf.Tensor) => {
    return tf.add(tf.mul(old, 1 - BATCH_NORM_MOMENTUM), tf.mul(batch, BATCH_NORM_MOMENTUM));
  };
  return {
    mean: toward(running.mean, mean),
    variance: toward(running.variance, tf.mul(variance, rows / Math.max(1, rows - 1))),
  };
}

/** Each probe's answers. */
export type DenseProbeOutputs = {
  /** Scores of patches, [B, h, w, C], to be interpolated by `bilinearTaps`; or depths in metres, [B, h * u, w * u]. */
  maps: tf.Tensor[];
};

/** The probes' answers for patches, without training. */
export function denseProbeStep(
  config: DenseProbeConfig,
): StepFunction<DenseProbeParametersState, { features: tf.Tensor }, DenseProbeOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const features = requireTensor(inputs, 'features', 'the input');
      const normalized = config.norm ? normalizeFeatures(features, requireStatistics(state)) : features;
      const maps = state.probe.map((parameters): tf.Tensor => {
        const scores = patchScores(config, parameters, normalized);
        return config.task === 'segmentation' ? scores : depthOfScores(config, scores);
      });
      return { state: {}, outputs: { maps } };
    });
}
