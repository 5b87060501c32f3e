import { learningRateSchedule, weightDecaySchedule } from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/masks';
import {
  averageProbeConfig,
  initializeProbe,
  initialProbeState,
  probeEvaluationStep,
  probeTrainingStep,
} from '@vjepa/probe';
import type { Engine } from '../engine/engine.js';
import { type FeatureSet, featureBatch } from '../features/feature-set.js';

export interface LinearProbeOptions {
  engine: Engine;
  train: FeatureSet;
  test: FeatureSet;
  numClasses: number;
  steps: number;
  learningRate: number;
  weightDecay: number;
}

/** Shares of videos whose class was predicted, 0..1. */
export interface LinearProbeResult {
  accuracy: number;
  trainAccuracy: number;
}

/**
 * Trains average pooling and one linear layer on frozen features and tests it (the paper's weaker probe, section 4.2):
 * it can only read what the encoder has already made linear. Each pooled feature is first brought to mean 0 and
 * deviation 1 over the training videos, and every step sees all of them.
 */
export async function trainLinearProbe(options: LinearProbeOptions): Promise<LinearProbeResult> {
  const { engine, steps, numClasses } = options;
  const [train, test] = standardized(pooled(options.train), pooled(options.test));
  const probe = averageProbeConfig({ embedDim: train.dim }, numClasses);
  const lengths = { warmupSteps: 0, horizon: steps };
  const rate = { start: options.learningRate, reference: options.learningRate, final: 0 };
  const learningRate = learningRateSchedule(rate, lengths);
  const weightDecay = weightDecaySchedule({ reference: options.weightDecay, final: options.weightDecay }, lengths);
  const fit = engine.bind(
    probeTrainingStep({ probe }),
    initialProbeState([initializeProbe(probe, mersenneTwister(0))]),
  );
  try {
    const { features, labels } = everyVideo(train);
    let correct = 0;
    for (let step = 1; step <= steps; step++) {
      const outputs = await fit({
        'features.0.0': features,
        labels,
        step,
        clip_norm: 1,
        'learning_rate.0': learningRate(step),
        'weight_decay.0': weightDecay(step),
      });
      correct = Number(outputs['correct.0']!.data[0]);
    }
    const predict = engine.bind(probeEvaluationStep({ probe }), await fit.readState());
    const { 'probabilities.0': probabilities } = await predict({ 'features.0.0': everyVideo(test).features });
    predict.dispose();
    return {
      accuracy: share(probabilities!.data as Float32Array, test.labels, numClasses),
      trainAccuracy: correct / train.labels.length,
    };
  } finally {
    fit.dispose();
  }
}

function everyVideo(set: FeatureSet) {
  return featureBatch(set, [...set.features.keys()]);
}

/** Each video's mean over its tokens, as a set of one token per video. */
function pooled({ features, labels, tokens, dim }: FeatureSet): FeatureSet {
  const means = features.map((feature) => {
    const mean = new Float32Array(dim);
    for (let i = 0; i < feature.length; i++) mean[i % dim]! += feature[i]! / tokens;
    return mean;
  });
  return { features: means, labels, tokens: 1, dim };
}

/** Both sets with each feature's mean and deviation over the training set taken out. */
function standardized(train: FeatureSet, test: FeatureSet): [FeatureSet, FeatureSet] {
  const { dim, features } = train;
  const mean = new Float64Array(dim);
  const variance = new Float64Array(dim);
  for (const feature of features) for (let d = 0; d < dim; d++) mean[d]! += feature[d]! / features.length;
  for (const feature of features) {
    for (let d = 0; d < dim; d++) variance[d]! += (feature[d]! - mean[d]!) ** 2 / features.length;
  }
  const scale = (feature: Float32Array) =>
    feature.map((value, d) => (value - mean[d]!) / Math.sqrt(variance[d]! + 1e-12));
  return [
    { ...train, features: train.features.map(scale) },
    { ...test, features: test.features.map(scale) },
  ];
}

/** Share of rows of `scores` [B, C] whose largest entry is the label's. */
function share(scores: Float32Array, labels: Int32Array, classes: number): number {
  let right = 0;
  for (const [row, label] of labels.entries()) {
    const rowScores = scores.subarray(row * classes, (row + 1) * classes);
    if (rowScores.indexOf(Math.max(...rowScores)) === label) right++;
  }
  return right / labels.length;
}
