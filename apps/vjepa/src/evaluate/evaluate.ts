import { join } from 'node:path';
import { type ClassificationResult, lowShotSplit, readClassNames } from '@vjepa/benchmarks';
import type { FloatTensor } from '@vjepa/engine';
import {
  type BeginTask,
  checkResultsFolder,
  claimResultsFolder,
  createRunLog,
  type ExistingRun,
  type Experiment,
  noProgress,
  type ResultsFolder,
  type RunLog,
  recordSession,
  requireWritable,
  savePace,
  setFingerprint,
  writeFileAtomically,
} from '@vjepa/training';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { saveProbe } from '../checkpoint/save-probe.js';
import { CommandError } from '../command-error.js';
import { configRecord } from '../config/config-record.js';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { existingResults, MAY_CHANGE, resultsFolderOf } from '../config/results-folder.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { type Candidate, candidatesOf } from './candidates.js';
import { DivergedProbes } from './diverged-probes.js';
import { appendCsv, evaluationWork, startCsv, trainingFiles } from './evaluation-folder.js';
import { configuredProbe, frozenEncoder } from './evaluation-model.js';
import { outcomesOf, type TrainingOutcome } from './evaluation-report.js';
import { parametersDigest } from './feature-cache.js';
import { type FeatureSource, listBad, probeBatch } from './feature-source.js';
import { type FeatureSources, featureSources } from './feature-sources.js';
import { type LabelledSet, readLabelledSets, requireFiles } from './labelled-set.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile, PREDICTIONS_REMEDY } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import { freshProbe, type ProbeRunner, probeRunner } from './probe-runner.js';
import { type EpochSummary, trainProbes } from './train-probes.js';
import { resumeTraining, saveTrainingState } from './training-state.js';

export interface EvaluateOptions {
  config: EvaluationConfig;
  /** Notes on the config, to be printed first. */
  notes?: readonly string[];
  /** Where results go; default: the reference's place. */
  run?: string | undefined;
  /** Folder of cached features. */
  cache?: string | undefined;
  /** JSON lines of the chosen probe's answers on the validation set. */
  predictions?: string | undefined;
  /** Validation samples that may be missing or unreadable; they count as wrong. */
  allowMissing: number;
  /** What becomes of an earlier evaluation in the folder. Default: `resume_checkpoint` of the config, else refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  /** The frozen encoder's parameters, in place of those of the config's checkpoint. */
  parameters?: Record<string, FloatTensor>;
  /** Default: stderr. */
  print?: (line: string) => void;
  /** Opens a bar for each epoch and validation. Default: none. */
  begin?: BeginTask;
}

export interface EvaluationOutcome {
  folder: ResultsFolder;
  trainings: TrainingOutcome[];
}

/**
 * Frozen evaluation (V-JEPA, section 4.2): features of a frozen encoder, probes trained on them, exact accuracy on the
 * validation set. One training for the whole training set, or one for each low-shot fraction and draw.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationOutcome> {
  const { config } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const folder = resultsFolderOf(config, options.run);
  const claim = {
    folder,
    record: configRecord(config),
    kind: config.eval_name,
    work: evaluationWork(folder, config),
    existing: existingResults(options.existing, config.resume_checkpoint, folder),
    say: log,
  };
  await checkResultsFolder(claim);
  if (options.predictions !== undefined) requireWritable(options.predictions, PREDICTIONS_REMEDY);

  // ---- Data and model: everything that can be wrong with them shows before any work -------------------------------
  const encoder = frozenEncoder(config);
  const probe = configuredProbe(config, encoder);
  const checkpoint = join(config.pretrain.folder, config.pretrain.checkpoint);
  const tested = 'dataset_test' in config.data && config.data.dataset_test !== null;
  const splits = ['train', 'val', ...(tested ? (['test'] as const) : [])] as const;
  requireFiles(config, splits, options.parameters ? undefined : checkpoint);
  const [train, validation, test] = (await readLabelledSets(config, splits, options.allowMissing)) as [
    LabelledSet,
    LabelledSet,
    LabelledSet | undefined,
  ];
  const classes = await classesOf(config, validation);
  const { parameters, notes } = options.parameters
    ? { parameters: options.parameters, notes: [] }
    : await loadEncoder(checkpoint, encoder, config.pretrain.checkpoint_key);
  for (const note of notes) log(`note: ${note}`);

  // ---- Engine, features, probes -----------------------------------------------------------------------------------
  const engine = await openEngine({
    ...options.engine,
    precision: config.optimization.use_bfloat16 ? 'bfloat16' : 'float32',
    bfloat16Setting: 'optimization.use_bfloat16: true',
  });
  const weights = parametersDigest(parameters);
  using _lock = await claimResultsFolder({
    ...claim,
    mayChange: MAY_CHANGE,
    experiment: experimentOf(options, weights, train, validation, test),
  });
  recordSession(folder.environment, { engine, version: packageVersion() });
  log.writeTo(folder.console);
  log(engine.description);
  const sources = featureSources({ config, engine, encoder, parameters, cache: options.cache, log });
  const candidates = candidatesOf(config);
  const resume = claim.existing === 'resume';
  const context = { options, config, classes, candidates, folder, resume, log, train, validation, test };
  const opened: FeatureSource[] = [];
  let runner: ProbeRunner | undefined;
  try {
    const features = await openFeatures(sources, context, opened);
    const { batch_size: batchSize } = config.optimization;
    const partSize = probeBatch(features.train.layout, batchSize, config.probe_batch);
    runner = probeRunner(engine, probe, candidates.length, freshProbe(probe, config.seed), partSize < batchSize);
    const trainings: TrainingOutcome[] = [];
    for (const draw of lowShotDraws(config)) {
      const first = trainings.length === 0;
      trainings.push(await runTraining({ ...context, features, runner, partSize, draw, first }));
    }
    const outcome = { folder, trainings };
    writeFileAtomically(folder.results, `${JSON.stringify({ config, ...resultsOf(outcome) }, null, 2)}\n`);
    return outcome;
  } finally {
    runner?.dispose();
    for (const source of opened) await source.close();
    sources.close();
  }
}

interface Context {
  options: EvaluateOptions;
  config: EvaluationConfig;
  classes: readonly string[] | number;
  candidates: readonly Candidate[];
  folder: ResultsFolder;
  /** Whether trainings go on where they were stopped. */
  resume: boolean;
  log: RunLog;
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | undefined;
}

interface Features {
  train: FeatureSource;
  validation: FeatureSource;
  test: FeatureSource | undefined;
}

/** Names of the classes where there are some, else their number. */
async function classesOf({ data }: EvaluationConfig, set: LabelledSet): Promise<readonly string[] | number> {
  if (data.class_names !== null) return readClassNames(data.class_names, data.num_classes);
  return set.classNames ?? data.num_classes;
}

function experimentOf(
  { config, cache }: EvaluateOptions,
  encoder: string,
  train: LabelledSet,
  validation: LabelledSet,
  test: LabelledSet | undefined,
): Experiment {
  const sets = { 'training set': train, 'validation set': validation, ...(test ? { 'test set': test } : {}) };
  return {
    config,
    sets: Object.fromEntries(
      Object.entries(sets).map(([name, { source, entries }]) => [name, setFingerprint(source, entries)]),
    ),
    weights: { encoder },
    // Samples are not augmented where one version of their features is kept.
    settings: { features: cache === undefined ? 'computed for every step' : 'kept in a cache' },
  };
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

type Draw = TrainingOutcome['lowShot'];

/** The trainings a config asks for: one on everything, or one for each fraction and seed. */
export function lowShotDraws({ low_shot: lowShot }: EvaluationConfig): Draw[] {
  if (lowShot === null) return [null];
  const { fraction, seeds } = typeof lowShot === 'number' ? { fraction: lowShot, seeds: [0, 1, 2] } : lowShot;
  return [fraction].flat().flatMap((share) => seeds.map((seed) => ({ fraction: share, seed })));
}

/** The training samples of a draw that can be used. */
export function drawnSamples({ entries }: LabelledSet, usable: readonly number[], draw: Draw): number[] {
  const candidates = usable.map((index) => ({ ...entries[index]!, index }));
  return (draw === null ? candidates : lowShotSplit(candidates, draw)).map(({ index }) => index);
}

/** @throws CommandError where there is nothing to train on: the numbers that came of it would mean nothing */
function requireSamples({ source, entries }: LabelledSet, samples: readonly number[], features: FeatureSource): void {
  if (samples.length > 0) return;
  throw new CommandError(
    `${source}: none of its ${entries.length} samples can be used for training, at least one is needed` +
      `${features.unusable.length > 0 ? ':' : ''}${listBad(features.unusable)}`,
  );
}

/** Trains the candidates on one draw, validating as the config says, and saves the chosen probe. */
async function runTraining(
  context: Context & { features: Features; runner: ProbeRunner; partSize: number; draw: Draw; first: boolean },
): Promise<TrainingOutcome> {
  const { resume, config, candidates, folder, log, train, features, runner, partSize, draw } = context;
  const files = trainingFiles(folder, config, draw);
  const samples = drawnSamples(train, features.train.usable, draw);
  const { num_epochs: epochs, batch_size: batchSize } = config.optimization;
  requireSamples(train, samples, features.train);
  log(
    `training on ${samples.length} of ${train.entries.length} samples of ${train.source}` +
      `${draw === null ? '' : ` (low-shot ${draw.fraction}, seed ${draw.seed})`}: ${candidates.length} ` +
      `probe${candidates.length === 1 ? '' : 's'}, ${epochs} epochs of batches of ${batchSize}` +
      `${partSize < batchSize ? `, in parts of ${partSize}` : ''}`,
  );
  const before = resume ? await resumeTraining(files.state, runner, candidates) : undefined;
  if (before) log(`resuming after epoch ${before.epoch}`);
  startCsv(files.csv, candidates, before?.epoch ?? 0);

  const diverged = new DivergedProbes(candidates, log);
  if (before) diverged.addByLoss(before.loss);
  let results: Results | undefined;
  const pace = savePace();
  const summary = await trainProbes({
    config,
    runner,
    candidates,
    source: features.train,
    samples,
    partSize,
    seed: config.seed + (draw?.seed ?? 0),
    done: before?.epoch ?? 0,
    begin: context.options.begin,
    async onEpoch(epoch) {
      diverged.addByLoss(epoch.loss);
      diverged.requireOne();
      const isLast = epoch.epoch === epochs;
      results = isLast || epoch.epoch % config.validate_every === 0 ? await validate(context, diverged) : undefined;
      appendCsv(files.csv, candidates, epoch, results?.map((result) => result?.top1) ?? []);
      log(epochLine(epoch, epochs, results));
      if (isLast || pace.isDue()) await pace.save(() => saveTrainingState(files.state, runner, epoch, candidates));
    },
  });
  results ??= await validate(context, diverged);
  const outcome = outcomesOf(candidates, summary ?? before, results);
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
  return { lowShot: draw, trainingSamples: samples.length, ...outcome };
}

/** Of each probe; undefined for those that have diverged. */
type Results = (ClassificationResult | undefined)[];

async function validate(
  context: Context & { features: Features; runner: ProbeRunner },
  diverged: DivergedProbes,
): Promise<Results> {
  const results = await measure(context, context.validation, context.features.validation, diverged);
  diverged.requireOne();
  return results;
}

async function measure(
  { runner, classes, options, config }: Context & { runner: ProbeRunner },
  set: LabelledSet,
  source: FeatureSource,
  diverged: DivergedProbes,
  onPrediction?: (probe: number, prediction: Prediction) => void,
): Promise<Results> {
  const most = Math.max(source.preferredBatch, config.optimization.batch_size);
  const batchSize = probeBatch(source.layout, most, config.probe_batch);
  const answers = probeAnswers(runner, source, set.entries.length, batchSize);
  const { allowMissing, begin = noProgress } = options;
  const progress = begin({ title: 'asking the probes', total: set.entries.length, unit: 'samples' });
  const onProgress = (samples: number) => progress.advance(false, samples);
  const classifiers = { answers, classifiers: runner.count, diverged };
  return measureAccuracy({ ...classifiers, set, classes, allowMissing, onPrediction, onProgress }).finally(() =>
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
  const file = openPredictionsFile(options.predictions, typeof classes === 'number' ? undefined : classes);
  await measure(context, validation, features.validation, diverged, (probe, prediction) => {
    if (probe === chosen) file.add(prediction);
  });
  file.finish();
}

function epochLine({ epoch, loss, top1 }: EpochSummary, epochs: number, results?: Results): string {
  const best = results && Math.max(...results.flatMap((result) => result?.top1 ?? []));
  const left = [...loss.keys()].filter((i) => Number.isFinite(loss[i]));
  const mean = (values: readonly number[]) => left.reduce((sum, i) => sum + values[i]!, 0) / left.length;
  const of = loss.length > 1 ? ' (mean of the probes)' : '';
  return (
    `epoch ${epoch}/${epochs}  loss ${mean(loss).toFixed(4)}  train top-1 ${mean(top1).toFixed(2)}${of}` +
    `${best === undefined ? '' : `  validation top-1 ${best.toFixed(2)}${loss.length > 1 ? ' (best)' : ''}`}`
  );
}

/** The outcome as plain data. */
export function resultsOf({ trainings }: EvaluationOutcome) {
  return { trainings };
}
