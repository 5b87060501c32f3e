import type { ClassificationResult } from '@vjepa/benchmarks';
import type { Engine } from '@vjepa/engine';
import type { FeatureLayout, ProbeConfig } from '@vjepa/probe';
import { type BeginTask, InputError, requireChoice, requireCounts, unfitSetting } from '@vjepa/training';
import { type ProbeRecord, saveProbe } from '../checkpoint/save-probe.js';
import type { VideoFeatures } from '../features/extract-features.js';
import { featuresInMemory } from '../features/features-in-memory.js';
import { kindOf, requireEngine, requireRates } from '../require-given.js';
import {
  type Candidate,
  candidatesOf,
  type ProbeTrainingSettings,
  probeTraining,
  requireProbes,
  requireTraining,
} from './candidates.js';
import { DivergedProbes } from './diverged-probes.js';
import { heldOutShare, type ProbeSettings, plannedProbe } from './evaluation-plan.js';
import { listBad, probeBatch } from './feature-source.js';
import { heldOutSplit } from './held-out.js';
import type { LabelledSet } from './labelled-set.js';
import { measureAccuracy } from './measure-accuracy.js';
import { probeAnswers } from './probe-answers.js';
import { freshProbe, type ProbeParameters, type ProbeRunner, probeRunner } from './probe-runner.js';
import { type EpochSummary, trainProbes } from './train-probes.js';

/** What `trainProbe` takes; whatever is left out or `undefined` is the paper's. */
export interface TrainProbeOptions extends ProbeSettings, Omit<ProbeTrainingSettings, 'learningRate' | 'weightDecay'> {
  engine: Engine;
  /** What the probe is trained on. */
  features: VideoFeatures;
  /**
   * The features by whose accuracy the best probe of several is chosen. Default: those that are held out, or where none are,
   * it is the one with the lowest loss on the training's last epoch, so that a test set stays unseen.
   */
  validation?: VideoFeatures | undefined;
  /**
   * Share of the videos, the same of every class, that is held out to choose the best of several probes by where there is no
   * `validation`. Default: 0.05 for probes with self-attention before the cross-attention (V-JEPA 2), 0 for others.
   */
  heldOut?: number | undefined;
  /** Number of classes. Default: those with names, else one more than the largest label. */
  classes?: number | undefined;
  /** Probes that train at once on the same features, one for each pair. Default 1e-3, the paper's. */
  learningRates?: readonly number[] | undefined;
  /** Default 0.01, the paper's. */
  weightDecays?: readonly number[] | undefined;
  /** The probes one by one, in place of pairs. */
  probes?: readonly Candidate[] | undefined;
  /** Draws the first parameters and the order of the videos: the same seed gives the same probe. Default 0. */
  seed?: number | undefined;
  /** Told of each epoch: loss and top-1 of every probe. */
  onEpoch?: ((summary: EpochSummary) => void) | undefined;
  /** Opens a bar for each epoch. Default: none. */
  begin?: BeginTask | undefined;
  /** Ends the training after the step that is under way, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A trained probe. */
export interface TrainedProbe extends Candidate {
  probe: ProbeConfig;
  /** By the names of the reference's classifier. */
  parameters: ProbeParameters;
  /** Mean loss of the training's last epoch. */
  trainLoss: number;
  /** Percent of videos whose class is predicted; one that cannot be read counts as wrong. */
  accuracy(features: VideoFeatures): Promise<number>;
  /** Top-1 and top-5, each class's, the confusion matrix, and the videos that cannot be read. */
  evaluate(features: VideoFeatures): Promise<ClassificationResult>;
  /** Softmax over the classes, averaged over the looks at each video: [classes]; undefined for one that cannot be read. */
  probabilities(features: VideoFeatures): Promise<(Float64Array | undefined)[]>;
  /** Writes `<base>.pth.tar`, as the reference has it, and `<base>.safetensors`. */
  save(base: string): Promise<void>;
}

/**
 * Trains a probe on frozen features, as the paper does (V-JEPA, section 4.2): attentive, 20 epochs of AdamW at batch 256
 * along half a cosine. With several learning rates or weight decays the best probe is kept.
 *
 * @throws InputError when an option is of the wrong kind or a video has no label, when no video can be used, sizes contradict each other, or every probe diverges
 */
export async function trainProbe(options: TrainProbeOptions): Promise<TrainedProbe> {
  const { engine, features, validation, learningRates, weightDecays, probes, seed = 0 } = options;
  requireEngine(engine);
  requireLabelled('features', features);
  if (validation !== undefined) requireLabelled('validation', validation);
  requireRates('learningRates', learningRates);
  requireRates('weightDecays', weightDecays);
  requireProbes(probes);
  requireCounts({ classes: options.classes, depth: options.depth, numHeads: options.numHeads });
  requireChoice('pooling', options.pooling, ['attentive', 'average']);
  const classes = options.classes ?? classesIn(features);
  const probe = plannedProbe(options, { ...features.encoder, embedDim: features.layout.width }, classes);
  const training = probeTraining({ ...trainingOf(options), learningRate: learningRates?.[0] });
  requireTraining(training);
  const candidates = candidatesOf(training, { learningRates, weightDecays, probes });
  const source = featuresInMemory(features);
  if (source.usable.length === 0) {
    const problem = `none of ${features.videos.length} videos can be used for training`;
    throw new InputError({
      problem: `${problem}${features.failures.length > 0 ? ':' : ''}${listBad(features.failures)}`,
    });
  }
  requireLabels(features, classes);
  const { length: count } = candidates;
  const share = validation === undefined && count > 1 ? heldOutShare('heldOut', options.heldOut, probe) : undefined;
  const { train: samples, heldOut } =
    share === undefined
      ? { train: source.usable, heldOut: [] }
      : heldOutSplit({ entries: features.videos }, source.usable, { share, seed });
  const choice = validation ?? (heldOut.length > 0 ? partOf(features, heldOut) : undefined);
  const partSize = probeBatch(features.layout, training.batchSize, undefined, { probe, count });
  const accumulate = partSize < training.batchSize;
  const runner = probeRunner(engine, probe, count, freshProbe(probe, seed), { accumulate, decayed: training.decayed });
  try {
    const diverged = new DivergedProbes(candidates, () => {});
    const summary = await trainProbes({
      ...{ training, runner, candidates, source, samples, partSize, seed },
      ...{ begin: options.begin, signal: options.signal },
      onEpoch(epoch) {
        diverged.addByLoss(epoch.loss);
        diverged.requireOne();
        options.onEpoch?.(epoch);
      },
    });
    const scores =
      choice === undefined || count === 1
        ? summary!.loss.map((loss) => -loss)
        : (await measured(runner, choice, classes, diverged)).map((result) => result?.top1);
    diverged.requireOne();
    const left = [...candidates.keys()].filter((i) => !diverged.has(i));
    const chosen = left.reduce((best, i) => (scores[i]! > scores[best]! ? i : best), left[0]!);
    return trainedProbe(engine, probe, await runner.parameters(chosen), classes, {
      ...candidates[chosen]!,
      trainLoss: summary!.loss[chosen]!,
      record: { epoch: training.epochs, batchSize: training.batchSize, learningRate: candidates[chosen]!.learningRate },
    });
  } finally {
    runner.dispose();
  }
}

function trainingOf(options: TrainProbeOptions): ProbeTrainingSettings {
  const { epochs, batchSize, startLearningRate, finalLearningRate, warmupEpochs } = options;
  const { finalWeightDecay, clipNorm, decayed, reshuffle } = options;
  return {
    epochs,
    batchSize,
    startLearningRate,
    finalLearningRate,
    warmupEpochs,
    finalWeightDecay,
    clipNorm,
    decayed,
    reshuffle,
  };
}

function trainedProbe(
  engine: Engine,
  probe: ProbeConfig,
  parameters: ProbeParameters,
  classes: number,
  { record, ...about }: Candidate & { trainLoss: number; record: ProbeRecord },
): TrainedProbe {
  /** Bound for each question, so that nothing has to be disposed of. */
  const asking = async <Answer>(question: (runner: ProbeRunner) => Promise<Answer>): Promise<Answer> => {
    const runner = probeRunner(engine, probe, 1, parameters);
    return question(runner).finally(() => runner.dispose());
  };
  const evaluate = (features: VideoFeatures) =>
    asking(async (runner) => (await measured(runner, features, classes))[0]!);
  return {
    ...about,
    probe,
    parameters,
    accuracy: async (features) => (await evaluate(features)).top1,
    evaluate,
    probabilities: (features) =>
      asking(async (runner) => {
        const answers: (Float64Array | undefined)[] = [];
        const batchSize = askedAtOnce(runner, features.layout);
        for await (const batch of probeAnswers(runner, featuresInMemory(features), features.videos.length, batchSize)) {
          const bad = new Set(batch.bad.map(({ index }) => index));
          for (const [i, index] of batch.indices.entries()) {
            const own = batch.probabilities[0]!.slice(i * classes, (i + 1) * classes);
            answers.push(bad.has(index) ? undefined : own);
          }
        }
        return answers;
      }),
    async save(base) {
      if (typeof base !== 'string') throw unfitSetting('base', 'the beginning of the names of two files', base);
      await saveProbe(base, parameters, record);
    },
  };
}

/** Every video counts once, those that cannot be read as wrong. */
async function measured(
  runner: ProbeRunner,
  features: VideoFeatures,
  classes: number,
  diverged?: Set<number>,
): Promise<(ClassificationResult | undefined)[]> {
  requireLabelled('features', features);
  requireLabels(features, classes);
  const { layout, videos, failures, classNames } = features;
  const source = featuresInMemory(features);
  const set: LabelledSet = {
    source: `${videos.length} videos`,
    entries: [...videos],
    missing: [],
    classNames: undefined,
  };
  const batchSize = askedAtOnce(runner, layout);
  return measureAccuracy({
    answers: probeAnswers(runner, source, videos.length, batchSize),
    classifiers: runner.count,
    set,
    classes: classNames?.length === classes ? classNames : classes,
    allowMissing: failures.length,
    diverged,
  });
}

/** The features of some of the videos, all of which could be read. */
function partOf(features: VideoFeatures, indices: readonly number[]): VideoFeatures {
  const videos = indices.map((index) => features.videos[index]!);
  return { ...features, videos, features: indices.map((index) => features.features[index]), failures: [] };
}

/** Videos that the runner's probes are asked about together. */
function askedAtOnce({ probe, count }: ProbeRunner, layout: FeatureLayout): number {
  return probeBatch(layout, 256, undefined, { probe, count });
}

function classesIn({ classNames, videos }: VideoFeatures): number {
  return classNames?.length ?? Math.max(2, ...videos.map(({ label }) => label + 1));
}

/** @throws InputError when these are no features, or naming the first video without a label */
function requireLabelled(name: string, features: VideoFeatures): void {
  if (!Array.isArray(features?.features) || !Array.isArray(features.videos)) {
    throw unfitSetting(name, 'what extractFeatures gives', kindOf(features));
  }
  const bare = features.videos.find(({ label }) => !Number.isInteger(label));
  if (bare === undefined) return;
  throw new InputError({ subject: bare.path, problem: 'has no label', remedy: 'give each video its class, from 0 on' });
}

/** @throws InputError naming the first video whose label is none of the classes */
function requireLabels({ videos }: VideoFeatures, classes: number): void {
  const outside = videos.find(({ label }) => !(label >= 0 && label < classes));
  if (outside === undefined) return;
  const problem = `label ${outside.label} is outside the ${classes} classes (0..${classes - 1})`;
  throw new InputError({ subject: outside.path, problem });
}
