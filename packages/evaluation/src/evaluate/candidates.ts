import { learningRateSchedule, weightDecaySchedule } from '@vjepa/optim';
import { requireChoice, requireCounts, requireNumbers, unfitSetting } from '@vjepa/training';
import { definedFields, type Overrides } from '@vjepa/vit';
import { withDefaults } from '../with-defaults.js';
import type { ProbeRates } from './probe-runner.js';

/**
 * What one probe of a sweep is trained with; what is left out is the training's, start and end of the learning rate in
 * proportion to its peak.
 */
export interface Candidate {
  /** The largest. */
  learningRate: number;
  /** The first. */
  weightDecay: number;
  startLearningRate?: number | undefined;
  finalLearningRate?: number | undefined;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs?: number | undefined;
  finalWeightDecay?: number | undefined;
}

/** Probes that train at once on the same features. */
export interface Sweep {
  /** One probe for each pair of these and of the weight decays; left out: the training's own. */
  learningRates?: readonly number[] | undefined;
  weightDecays?: readonly number[] | undefined;
  /** The probes one by one, in place of pairs. */
  probes?: readonly Candidate[] | undefined;
  /**
   * Share of the training samples, the same of every class, that is held out to choose the best of several probes by, drawn
   * from the seed. 0: they are chosen on the validation set itself, as published numbers are. Default: 0.05 for probes with
   * self-attention before the cross-attention (V-JEPA 2), 0 for others.
   */
  heldOut?: number | undefined;
}

/** How probes are trained. */
export interface ProbeTraining {
  epochs: number;
  batchSize: number;
  learningRate: number;
  startLearningRate: number;
  finalLearningRate: number;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs: number;
  weightDecay: number;
  /** null: each probe's stays what it is, as in V-JEPA 2. */
  finalWeightDecay: number | null;
  /** Largest norm of a probe's gradients; null: not clipped, as in V-JEPA 2. */
  clipNorm: number | null;
  /** What weight decay applies to: `matrices` (default; V-JEPA), or every parameter, `all` (V-JEPA 2). */
  decayed?: 'matrices' | 'all' | undefined;
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
  requireAmounts({ ...rates, weightDecay, finalWeightDecay: finalWeightDecay ?? 0, clipNorm: clipNorm ?? 0 }, group);
  requireChoice(`${group}decayed`, training.decayed, ['matrices', 'all']);
}

function requireAmounts(numbers: Record<string, number>, group: string): void {
  requireNumbers(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${group}${name}`, value])), 0);
}

/**
 * @param group what the probes stand in, such as `sweep.`
 * @throws InputError naming the first probe with which none can be trained; `undefined` is none
 */
export function requireProbes(probes: readonly Candidate[] | undefined, group = ''): void {
  if (probes === undefined) return;
  if (!Array.isArray(probes) || probes.length === 0) {
    throw unfitSetting(`${group}probes`, 'a list of { learningRate, weightDecay }', probes);
  }
  for (const [i, probe] of probes.entries()) {
    const { learningRate, weightDecay, ...others } = probe;
    requireAmounts({ learningRate, weightDecay, ...definedFields(others) }, `${group}probes[${i}].`);
  }
}

/** The sweep's probes, or every pair of its learning rates and weight decays; without a sweep the training's own pair. */
export function candidatesOf(
  training: Pick<Candidate, 'learningRate' | 'weightDecay'>,
  sweep: Sweep = {},
): Candidate[] {
  if (sweep.probes !== undefined) return sweep.probes.map((probe) => definedFields(probe) as Candidate);
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
  const rates = candidates.map((candidate) => {
    const { learningRate, weightDecay, warmupEpochs = training.warmupEpochs } = candidate;
    const warmupSteps = Math.trunc(warmupEpochs * stepsPerEpoch);
    const lengths = { warmupSteps, horizon: training.epochs * stepsPerEpoch };
    // A sweep scales the start and the end of the rate with its peak.
    const scale = learningRate / training.learningRate;
    const start = candidate.startLearningRate ?? training.startLearningRate * scale;
    const final = candidate.finalLearningRate ?? training.finalLearningRate * scale;
    const finalDecay = candidate.finalWeightDecay ?? Math.min(training.finalWeightDecay ?? weightDecay, weightDecay);
    return {
      learningRate: learningRateSchedule({ start, reference: learningRate, final }, lengths),
      weightDecay: weightDecaySchedule({ reference: weightDecay, final: finalDecay }, lengths),
    };
  });
  return (step) => ({
    learningRate: rates.map((rate) => rate.learningRate(step)),
    weightDecay: rates.map((rate) => rate.weightDecay(step)),
    clipNorm: training.clipNorm ?? 0,
  });
}

/** Rates of a probe in words, such as `learning rate 0.001 and weight decay 0.01`; a warm-up of its own is named. */
export function describeCandidate({ learningRate, weightDecay, finalWeightDecay, warmupEpochs }: Candidate): string {
  const isFalling = finalWeightDecay !== undefined && finalWeightDecay !== weightDecay;
  const warmup =
    warmupEpochs === undefined || warmupEpochs === 0
      ? ''
      : ` after ${warmupEpochs} epoch${warmupEpochs === 1 ? '' : 's'}`;
  const decay = `${weightDecay}${isFalling ? ` to ${finalWeightDecay}` : ''}`;
  return `learning rate ${learningRate}${warmup} and weight decay ${decay}`;
}
