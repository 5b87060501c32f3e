import { learningRateSchedule, weightDecaySchedule } from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/masks';
import {
  attentiveProbeConfig,
  initializeProbe,
  initialProbeState,
  probeEvaluationStep,
  probeTrainingStep,
} from '@vjepa/probe';
import type { HostTensor } from '@vjepa/tensorflow';
import { sampleOrder } from '@vjepa/video';
import type { Engine } from '../engine/engine.js';
import { type FeatureSet, featureBatch } from '../features/feature-set.js';

export interface TrainProbeOptions {
  engine: Engine;
  train: FeatureSet;
  test: FeatureSet;
  numHeads: number;
  numClasses: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  seed: number;
  onEpoch?: (epoch: number, loss: number) => void;
}

export interface ProbeResult {
  /** The class predicted for each test video. */
  predictions: Int32Array;
  /** Share of test videos whose class was predicted, 0..1. */
  accuracy: number;
  /** Share of training videos that the last epoch got right, 0..1. */
  trainAccuracy: number;
}

/**
 * Trains an attentive probe on frozen features and tests it (V-JEPA, section 4.2): AdamW, gradients clipped to norm 1,
 * learning rate and weight decay on cosines, as the paper's evaluations.
 */
export async function trainProbe(options: TrainProbeOptions): Promise<ProbeResult> {
  const { engine, train, numHeads, numClasses, seed } = options;
  const probe = attentiveProbeConfig({ embedDim: train.dim, numHeads }, numClasses);
  const state = initialProbeState([initializeProbe(probe, mersenneTwister(seed))]);
  const fit = engine.bind(probeTrainingStep({ probe }), state);
  let trained: Record<string, HostTensor>;
  let trainAccuracy = 0;
  try {
    trainAccuracy = await fitEpochs(fit, options);
    trained = await fit.readState();
  } finally {
    fit.dispose();
  }
  const predict = engine.bind(probeEvaluationStep({ probe }), trained);
  try {
    const predictions = await predictAll(predict, options);
    const correct = predictions.reduce((sum, label, i) => sum + Number(label === options.test.labels[i]), 0);
    return { predictions, accuracy: correct / predictions.length, trainAccuracy };
  } finally {
    predict.dispose();
  }
}

type Run = ReturnType<Engine['bind']>;

async function fitEpochs(fit: Run, options: TrainProbeOptions): Promise<number> {
  const { train, epochs, batchSize, seed } = options;
  const count = train.features.length;
  const size = Math.min(batchSize, count);
  const stepsPerEpoch = Math.floor(count / size);
  const lengths = { warmupSteps: 0, horizon: epochs * stepsPerEpoch };
  const learningRate = learningRateSchedule(
    { start: options.learningRate, reference: options.learningRate, final: 0 },
    lengths,
  );
  const weightDecay = weightDecaySchedule({ reference: options.weightDecay, final: 1e-6 }, lengths);
  let accuracy = 0;
  for (let epoch = 0, step = 1; epoch < epochs; epoch++) {
    const order = sampleOrder({ length: count, epoch, seed });
    let [loss, correct] = [0, 0];
    for (let i = 0; i < stepsPerEpoch; i++, step++) {
      const { features, labels } = featureBatch(train, [...order.subarray(i * size, (i + 1) * size)]);
      const outputs = await fit({
        'features.0.0': features,
        labels,
        step,
        clip_norm: 1,
        'learning_rate.0': learningRate(step),
        'weight_decay.0': weightDecay(step),
      });
      loss += Number(outputs['loss.0']!.data[0]) / stepsPerEpoch;
      correct += Number(outputs['correct.0']!.data[0]);
    }
    accuracy = correct / (stepsPerEpoch * size);
    options.onEpoch?.(epoch + 1, loss);
  }
  return accuracy;
}

async function predictAll(predict: Run, { test, batchSize, numClasses }: TrainProbeOptions): Promise<Int32Array> {
  const predictions = new Int32Array(test.features.length);
  for (let start = 0; start < predictions.length; start += batchSize) {
    const end = Math.min(start + batchSize, predictions.length);
    const { features } = featureBatch(
      test,
      Array.from({ length: end - start }, (_, i) => start + i),
    );
    const { 'probabilities.0': probabilities } = await predict({ 'features.0.0': features });
    for (let row = 0; row < end - start; row++) {
      const scores = probabilities!.data.subarray(row * numClasses, (row + 1) * numClasses) as Float32Array;
      predictions[start + row] = scores.indexOf(Math.max(...scores));
    }
  }
  return predictions;
}
