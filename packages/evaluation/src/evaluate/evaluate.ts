import { compileNotice, type HostTensor } from '@vjepa/engine';
import {
  type BeginTask,
  InputError,
  noProgress,
  type Observers,
  option,
  type ResultsFolder,
  type RunLog,
  requireWritable,
  savePace,
  sentence,
  writeFileAtomically,
} from '@vjepa/training';
import { readActionsAndModels } from '../anticipation/actions-and-models.js';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import { saveProbe } from '../checkpoint/save-probe.js';
import { checkResultsRun, type ResultsRunOptions } from '../results-run.js';
import type { TrainingObserver } from '../training-observer.js';
import { resumedLine } from '../training-state.js';
import { type AnsweredTask, type MeasuredResult, scoreName, scoreOf } from './answered-task.js';
import { readDataAndModel } from './data-and-model.js';
import { DivergedProbes } from './diverged-probes.js';
import { appendCsv, evaluationWork, startCsv, trainingFiles } from './evaluation-folder.js';
import { outcomesOf, type TrainingOutcome, toldTrainings } from './evaluation-outcome.js';
import type { EvaluationPlan } from './evaluation-plan.js';
import { planRecord } from './evaluation-record.js';
import { parametersDigest } from './feature-cache.js';
import { blocksOnTokens, type FeatureSource, listBad, probeBatch } from './feature-source.js';
import { type FeatureSources, featureSources } from './feature-sources.js';
import { heldOutSplit } from './held-out.js';
import type { LabelledSet } from './labelled-set.js';
import { drawnSamples, type LowShotDraw } from './low-shot-draws.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile, PREDICTIONS_REMEDY } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import { freshProbe, type ProbeRunner, probeRunner } from './probe-runner.js';
import { resumeTraining, saveTrainingState, type TrainingMoment } from './probe-training-state.js';
import { type EpochSummary, trainProbes } from './train-probes.js';

/** What `evaluate` is told: the plan, the folder and the engine are needed. */
export interface EvaluateOptions extends ResultsRunOptions {
  plan: EvaluationPlan | AnticipationPlan;
  /** Folder of cached features. Default: features are computed whenever they are needed. */
  cache?: string | undefined;
  /** File for JSON lines of the chosen probe's answers on the validation set. */
  predictions?: string | undefined;
  /** Validation samples that may be missing or unreadable; they count as wrong. Default 0. */
  allowMissing?: number | undefined;
  /** The frozen encoder's parameters, in place of those of the plan's checkpoint. */
  parameters?: Record<string, HostTensor> | undefined;
  /** Opens a bar for each epoch and validation. Default: none. */
  begin?: BeginTask | undefined;
}

/** What an evaluation found. */
export interface EvaluationOutcome {
  folder: ResultsFolder;
  /** Those that have ended. */
  trainings: TrainingOutcome[];
  /** Whether the evaluation was stopped before its end; with `existing: 'resume'` it goes on. */
  stopped: boolean;
}

/**
 * Frozen evaluation (V-JEPA, section 4.2): features of a frozen encoder, probes trained on them, exact accuracy on the
 * validation set. One training for the whole training set, or one for each low-shot fraction and draw. Stopped or killed
 * and resumed, it ends in the same numbers, bit for bit.
 *
 * @throws InputError when files, labels or sizes are wrong, when the folder is somebody else's, or when too many samples
 *   cannot be read; CheckpointError, BenchmarkError and VideoError where a file is damaged
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationOutcome> {
  const { plan, signal, allowMissing = 0 } = options;
  const record = options.record ?? planRecord(plan);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const run = await checkResultsRun(options, {
    kind: plan.kind,
    record,
    work: evaluationWork(options.folder, plan.tag),
  });
  const { folder, log, resume } = run;
  if (options.predictions !== undefined) requireWritable(options.predictions, PREDICTIONS_REMEDY);

  // ---- Data and model: everything that can be wrong with them shows before any work -------------------------------
  const asked = { allowMissing, parameters: options.parameters, log };
  const {
    train,
    validation,
    test,
    classes,
    parameters,
    fingerprints,
    tasks,
    probe = plan.probe,
    foretold,
  } = plan.kind === 'action_anticipation_frozen'
    ? await readActionsAndModels({ plan, ...asked })
    : await readDataAndModel({ plan, ...asked });

  // ---- Engine, features, probes -----------------------------------------------------------------------------------
  const engine = await run.openEngine();
  using _lock = await run.start(engine, {
    sets: fingerprints,
    weights: {
      encoder: parametersDigest(parameters),
      ...(foretold && { predictor: parametersDigest(foretold.parameters) }),
    },
    // Samples are not augmented where one version of their features is kept.
    settings: { features: options.cache === undefined ? 'computed for every step' : 'kept in a cache' },
  });
  const sources = featureSources({ plan, engine, parameters, foretold, cache: options.cache, log, signal });
  const { candidates, training, seed } = plan;
  const { observers } = run;
  const context = { options, plan, classes, tasks, folder, resume, log, observers, train, validation, test };
  const opened: FeatureSource[] = [];
  const trainings: TrainingOutcome[] = [];
  let runner: ProbeRunner | undefined;
  const whole = await run
    .untilStopped(async () => {
      const features = await openFeatures(sources, context, opened);
      const { length: count } = candidates;
      const partSize = probeBatch(features.train.layout, training.batchSize, plan.probeBatch, { probe, count });
      const accumulate = partSize < training.batchSize;
      const blocks = count * blocksOnTokens(probe);
      const compiling = blocks > 0 ? compileNotice(engine, 'the probes', blocks) : undefined;
      if (compiling !== undefined) log(compiling);
      const { decayed } = training;
      const focalLoss = plan.kind === 'action_anticipation_frozen' ? plan.loss : undefined;
      const trained = { accumulate, decayed, focalLoss, tasks };
      runner = probeRunner(engine, probe, count, freshProbe(probe, seed), trained);
      for (const draw of plan.draws) {
        const first = trainings.length === 0;
        trainings.push(await runTraining({ ...context, sources, features, runner, partSize, draw, first }));
      }
      return trainings;
    })
    .finally(async () => {
      runner?.dispose();
      for (const source of opened) await source.close();
      sources.close();
    });
  if (whole === undefined) return { folder, trainings, stopped: true };
  writeFileAtomically(
    folder.results,
    `${JSON.stringify({ config: record.settings, trainings: toldTrainings(trainings) }, null, 2)}\n`,
  );
  return { folder, trainings, stopped: false };
}

interface Context {
  options: EvaluateOptions;
  plan: EvaluationPlan | AnticipationPlan;
  classes: readonly string[] | number;
  /** What is asked of each sample, where it is more than its label. */
  tasks: readonly AnsweredTask[] | undefined;
  folder: ResultsFolder;
  /** Whether trainings go on where they were stopped. */
  resume: boolean;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | undefined;
}

/** One training. */
interface TrainingContext extends Context {
  sources: FeatureSources;
  features: Features;
  runner: ProbeRunner;
  partSize: number;
  draw: LowShotDraw;
  first: boolean;
}

interface Features {
  train: FeatureSource;
  validation: FeatureSource;
  test: FeatureSource | undefined;
}

async function openFeatures(sources: FeatureSources, context: Context, opened: FeatureSource[]): Promise<Features> {
  const { train, validation, test } = context;
  const open = async (source: Promise<FeatureSource>) => {
    opened.push(await source);
    return source;
  };
  return {
    train: await open(sources.training(train)),
    validation: await open(sources.validation(validation)),
    test: test && (await open(sources.validation(test))),
  };
}

/** @throws InputError where there is nothing to train on: the numbers that came of it would mean nothing */
function requireSamples({ source, entries }: LabelledSet, samples: readonly number[], features: FeatureSource): void {
  if (samples.length > 0) return;
  throw new InputError({
    subject: source,
    problem:
      `none of its ${entries.length} samples can be used for training, at least one is needed` +
      `${features.unusable.length > 0 ? ':' : ''}${listBad(features.unusable)}`,
  });
}

/** Trains the candidates on one draw, validating as the plan says, and saves the chosen probe. */
async function runTraining(context: TrainingContext): Promise<TrainingOutcome> {
  const { resume, plan, folder, log, observers, train, features, runner, partSize, draw, options } = context;
  const { training, candidates } = plan;
  const files = trainingFiles(folder, plan.tag, draw);
  const { train: samples, heldOut } = splitSamples(plan, train, drawnSamples(train, features.train.usable, draw));
  const { epochs, batchSize } = training;
  requireSamples(train, samples, features.train);
  log(
    `training on ${samples.length} of ${train.entries.length} samples of ${train.source}` +
      `${heldOut === undefined ? '' : `, ${heldOut.length} held out to choose the probe by`}` +
      `${draw === null ? '' : ` (low-shot ${draw.fraction}, seed ${draw.seed})`}: ${candidates.length} ` +
      `probe${candidates.length === 1 ? '' : 's'}, ${epochs} epochs of batches of ${batchSize}` +
      `${partSize < batchSize ? `, in parts of ${partSize}` : ''}`,
  );
  const before = resume ? await resumeTraining(files.state, runner, candidates) : undefined;
  const done = before?.summary?.epoch ?? 0;
  const from = before && (before.position ?? afterEpoch(done, candidates.length));
  if (from) log(resumedLine(from));
  startCsv(files.csv, candidates, done, context.tasks && 'val-recall');

  const diverged = new DivergedProbes(candidates, log);
  if (before?.summary) diverged.addByLoss(before.summary.loss);
  let results: Results | undefined;
  let last = before?.summary;
  const pace = savePace();
  const save = (moment: TrainingMoment) => saveTrainingState(files.state, runner, moment, candidates);
  await observers.notify('start', { folder, epochs, done, classifiers: candidates.length, lowShot: draw });
  const trained = trainProbes({
    training,
    runner,
    candidates,
    source: features.train,
    samples,
    partSize,
    seed: plan.seed + (draw?.seed ?? 0),
    from,
    begin: options.begin,
    signal: options.signal,
    async onEpoch(epoch) {
      diverged.addByLoss(epoch.loss);
      diverged.requireOne();
      const isLast = epoch.epoch === epochs;
      results = isLast || epoch.epoch % plan.validateEvery === 0 ? await validate(context, diverged) : undefined;
      const scores = results?.map((result) => result && scoreOf(result));
      appendCsv(files.csv, candidates, epoch, scores ?? []);
      log(epochLine(epoch, epochs, scoreName(context.tasks), scores));
      last = epoch;
      if (isLast || pace.isDue()) await pace.save(() => save({ summary: epoch }));
      await observers.notify('epoch', { epoch: epoch.epoch, trainLoss: epoch.loss, validation: scores });
    },
    onInterrupted: (position) => save({ summary: last, position }),
  });
  await trained.finally(() => observers.notify('end'));
  results ??= await validate(context, diverged);
  const held = heldOut && (await measureHeldOut(context, heldOut, diverged));
  const outcome = outcomesOf(candidates, last, results, held);
  const chosen = outcome.probes[outcome.chosen]!;
  await saveProbe(files.probe, await runner.parameters(outcome.chosen), {
    epoch: epochs,
    batchSize,
    learningRate: chosen.learningRate,
  });
  await writePredictions(context, outcome.chosen, diverged);
  if (context.test && features.test) {
    const tested = await measure(context, context.test, features.test, diverged);
    chosen.test = tested[outcome.chosen]!;
  }
  const counts = { trainingSamples: samples.length, ...(heldOut && { heldOutSamples: heldOut.length }) };
  return { lowShot: draw, ...counts, ...outcome };
}

/** What is trained on, and what is held out where probes are chosen by it. */
function splitSamples(
  { heldOut: share, seed }: Context['plan'],
  train: LabelledSet,
  samples: number[],
): { train: number[]; heldOut?: number[] } {
  if (share === undefined) return { train: samples };
  const split = heldOutSplit(train, samples, { share, seed });
  if (split.heldOut.length > 0) return split;
  throw new InputError({
    subject: train.source,
    problem: 'has no class of two samples or more, so that none can be held out to choose a probe by',
    remedy: sentence`choose it on the validation set: ${option('sweep.heldOut: 0')}`,
    code: 'held-out',
  });
}

/** The probes' answers about samples that were held out, seen as at test time; one that cannot be read counts as wrong. */
async function measureHeldOut(
  context: TrainingContext,
  samples: readonly number[],
  diverged: DivergedProbes,
): Promise<Results> {
  const { train, sources } = context;
  const entries = samples.map((index) => train.entries[index]!);
  const set = { ...train, source: `${train.source} (held out)`, entries, missing: [] };
  const source = await sources.validation(set);
  try {
    const results = await measure(context, set, source, diverged, { allowMissing: entries.length });
    diverged.requireOne();
    return results;
  } finally {
    await source.close();
  }
}

function afterEpoch(epochs: number, candidates: number) {
  const zeros = () => Array.from({ length: candidates }, () => 0);
  return { epochs, steps: 0, loss: zeros(), correct: zeros() };
}

/** Of each probe; undefined for those that have diverged. */
type Results = (MeasuredResult | undefined)[];

async function validate(
  context: Context & { features: Features; runner: ProbeRunner },
  diverged: DivergedProbes,
): Promise<Results> {
  const results = await measure(context, context.validation, context.features.validation, diverged);
  diverged.requireOne();
  return results;
}

interface MeasuredSet {
  onPrediction?: (probe: number, prediction: Prediction) => void;
  /** Default: as many as of the validation set. */
  allowMissing?: number;
}

async function measure(
  { runner, classes, tasks, options, plan }: Context & { runner: ProbeRunner },
  set: LabelledSet,
  source: FeatureSource,
  diverged: DivergedProbes,
  { onPrediction, allowMissing = options.allowMissing ?? 0 }: MeasuredSet = {},
): Promise<Results> {
  const most = Math.max(source.preferredBatch, plan.training.batchSize);
  const asked = { probe: runner.probe, count: runner.count };
  const batchSize = probeBatch(source.layout, most, plan.probeBatch, asked);
  const answers = probeAnswers(runner, source, set.entries.length, batchSize);
  const { begin = noProgress, signal } = options;
  const progress = begin({ title: 'asking the probes', total: set.entries.length, unit: 'samples' });
  const onProgress = (samples: number) => {
    progress.advance(false, samples);
    signal?.throwIfAborted();
  };
  const classifiers = { answers, classifiers: runner.count, diverged };
  return measureAccuracy({ ...classifiers, set, classes, tasks, allowMissing, onPrediction, onProgress }).finally(() =>
    progress.close(),
  );
}

/** The chosen probe's answers, of the first training alone. */
async function writePredictions(
  context: Context & { features: Features; runner: ProbeRunner; first: boolean },
  chosen: number,
  diverged: DivergedProbes,
): Promise<void> {
  const { options, classes, validation, features, first } = context;
  if (options.predictions === undefined || !first) return;
  using file = openPredictionsFile(options.predictions, typeof classes === 'number' ? undefined : classes);
  await measure(context, validation, features.validation, diverged, {
    onPrediction(probe, prediction) {
      if (probe === chosen) file.add(prediction);
    },
  });
  file.finish();
}

function epochLine(
  { epoch, loss, top1 }: EpochSummary,
  epochs: number,
  measured: string,
  scores?: readonly (number | undefined)[],
): string {
  const best = scores && Math.max(...scores.filter((score) => score !== undefined));
  const left = [...loss.keys()].filter((i) => Number.isFinite(loss[i]));
  const mean = (values: readonly number[]) => left.reduce((sum, i) => sum + values[i]!, 0) / left.length;
  const of = loss.length > 1 ? ' (mean of the probes)' : '';
  return (
    `epoch ${epoch}/${epochs}  loss ${mean(loss).toFixed(4)}  train top-1 ${mean(top1).toFixed(2)}${of}` +
    `${best === undefined ? '' : `  validation ${measured} ${best.toFixed(2)}${loss.length > 1 ? ' (best)' : ''}`}`
  );
}
