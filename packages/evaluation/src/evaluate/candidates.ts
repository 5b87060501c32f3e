import { learningRateSchedule, weightDecaySchedule } from '@vjepa/optim';
import { requireCounts, requireNumbers } from '@vjepa/training';
import type { Overrides } from '@vjepa/vit';
import { withDefaults } from '../with-defaults.js';
import type { ProbeRates } from './probe-runner.js';

/** What one probe of a sweep is trained with. */
export interface Candidate {
  /** The largest. */
  learningRate: number;
  /** The first. */
  weightDecay: number;
}

/** How probes are trained. */
export interface ProbeTraining extends Candidate {
  epochs: number;
  batchSize: number;
  startLearningRate: number;
  finalLearningRate: number;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs: number;
  finalWeightDecay: number;
  /** Largest norm of a probe's gradients; null: not clipped. */
  clipNorm: number | null;
  /** false gives every epoch the order of the first, as the reference has it. */
  reshuffle: boolean;
}

/** A training of probes; whatever is left out or `undefined` is the paper's. */
export type ProbeTrainingSettings = Overrides<ProbeTraining>;

/**
 * The paper's training of a probe (V-JEPA, section 4.2 and table 11): 20 epochs at batch 256, learning rate 1e-3 along
 * half a cosine, weight decay 1e-2, gradients of norm 1 at most.
 */
const PAPER: ProbeTraining = {
  epochs: 20,
  batchSize: 256,
  learningRate: 1e-3,
  startLearningRate: 1e-3,
  finalLearningRate: 0,
  warmupEpochs: 0,
  weightDecay: 0.01,
  finalWeightDecay: 1e-6,
  clipNorm: 1,
  reshuffle: true,
};

/** Settings with the paper's in the place of those left out; without a warm-up the learning rate starts at its peak. */
export function probeTraining(settings: ProbeTrainingSettings = {}): ProbeTraining {
  const { learningRate = PAPER.learningRate } = settings;
  return withDefaults({ ...PAPER, startLearningRate: learningRate }, settings);
}

/**
 * @param group what the settings stand in, such as `training.`
 * @throws InputError naming the first setting with which no probe can be trained
 */
export function requireTraining(training: ProbeTraining, group = ''): void {
  const { epochs, batchSize, learningRate, startLearningRate, finalLearningRate, warmupEpochs } = training;
  requireCounts({ [`${group}epochs`]: epochs, [`${group}batchSize`]: batchSize });
  const rates = { learningRate, startLearningRate, finalLearningRate, warmupEpochs };
  const { weightDecay, finalWeightDecay, clipNorm } = training;
  const numbers = { ...rates, weightDecay, finalWeightDecay, clipNorm: clipNorm ?? 0 };
  requireNumbers(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${group}${name}`, value])), 0);
}

/** Every pair of the sweep's learning rates and weight decays; without a sweep the training's own pair. */
export function candidatesOf(
  training: Candidate,
  sweep: { learningRates?: readonly number[] | undefined; weightDecays?: readonly number[] | undefined } = {},
): Candidate[] {
  const { learningRates = [training.learningRate], weightDecays = [training.weightDecay] } = sweep;
  return learningRates.flatMap((learningRate) => weightDecays.map((weightDecay) => ({ learningRate, weightDecay })));
}

/**
 * Learning rate and weight decay of each candidate at a step, counted from 1: half cosines over the whole training,
 * which end at step epochs x steps an epoch, as the reference has them.
 */
export function probeSchedule(
  training: ProbeTraining,
  candidates: readonly Candidate[],
  stepsPerEpoch: number,
): (step: number) => ProbeRates {
  const { epochs, warmupEpochs, startLearningRate, finalLearningRate, finalWeightDecay: final, clipNorm } = training;
  const lengths = { warmupSteps: Math.trunc(warmupEpochs * stepsPerEpoch), horizon: epochs * stepsPerEpoch };
  const rates = candidates.map(({ learningRate, weightDecay }) => {
    // A sweep scales the start and the end of the rate with its peak.
    const scale = learningRate / training.learningRate;
    return {
      learningRate: learningRateSchedule(
        { start: startLearningRate * scale, reference: learningRate, final: finalLearningRate * scale },
        lengths,
      ),
      weightDecay: weightDecaySchedule({ reference: weightDecay, final: Math.min(final, weightDecay) }, lengths),
    };
  });
  return (step) => ({
    learningRate: rates.map((rate) => rate.learningRate(step)),
    weightDecay: rates.map((rate) => rate.weightDecay(step)),
    clipNorm: clipNorm ?? 0,
  });
}
