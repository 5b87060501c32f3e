import { join, relative } from 'node:path';
import type { AnnotatedPicture } from '@vjepa/benchmarks';
import { type Engine, type HostTensor, requireSharedBatch } from '@vjepa/engine';
import type { DenseProbeConfig } from '@vjepa/probe';
import { permutation, stream } from '@vjepa/random';
import {
  type BeginTask,
  InputError,
  indexFingerprint,
  noProgress,
  option,
  type ResultsFolder,
  sentence,
  writeFileAtomically,
} from '@vjepa/training';
import { encoderParameters } from '../evaluate/data-and-model.js';
import { parametersDigest } from '../evaluate/feature-cache.js';
import { requirePaths } from '../evaluate/labelled-set.js';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import { checkResultsRun, type ResultsRunOptions } from '../results-run.js';
import { trainByLoss } from '../train-by-loss.js';
import { measureDense } from './dense-answers.js';
import { denseBatches } from './dense-batches.js';
import { type DensePlan, denseCandidates, denseRecord } from './dense-plan.js';
import { saveDenseProbe } from './dense-probe-file.js';
import { type DenseProbeStates, denseAsker, denseExtractor, denseProbeOf, denseTrainer } from './dense-prober.js';
import { type DenseResult, type DenseSet, denseCount, denseScore, readDenseSet } from './dense-set.js';
import { denseTraining, nothingCounts } from './dense-training.js';

/** What `evaluateDense` is told: the plan, the folder and the engine are needed. */
export interface EvaluateDenseOptions extends ResultsRunOptions {
  plan: DensePlan;
  /** The encoder's parameters, in place of those of the plan's checkpoint. */
  parameters?: Record<string, HostTensor<Float32Array>> | undefined;
  /** Opens a bar for each epoch, and for what is measured. Default: none. */
  begin?: BeginTask | undefined;
}

/** What a dense evaluation has come to; one that was stopped goes on with `existing: 'resume'`. */
export type DenseOutcome =
  | { folder: ResultsFolder; stopped: true }
  | ({ folder: ResultsFolder; stopped: false; probe: string } & DenseResults);

/** How well linear layers read classes or depths off frozen features of patches. */
export interface DenseResults {
  /** The chosen probe's on the validation split. */
  result: DenseResult;
  /** The probes in training, with what each had on the pictures that were held out, undefined if it diverged; without these there is one. */
  candidates: { learningRate: number; weightDecay: number; heldOut: DenseResult | undefined }[];
  /** Which of them was chosen. */
  chosen: number;
}

/**
 * Frozen dense evaluation: linear layers on patch features for segmentation or depth, near the protocol of DINOv2 (Oquab et al.
 * 2023, sections 7.3 and 7.4), of which the differences are in docs/evaluation.md. All probes of a sweep train at once; the one
 * that does best on held-out training pictures is measured on the validation split, once. Stopped or killed and resumed, it ends in the same
 * numbers.
 *
 * @throws InputError when files or sizes are wrong, when no pixel of a split counts, when the folder is somebody else's, or when the training diverges;
 *   CheckpointError, BenchmarkError and VideoError where a file is damaged
 */
export async function evaluateDense(options: EvaluateDenseOptions): Promise<DenseOutcome> {
  const { plan, begin = noProgress, signal } = options;
  const record = options.record ?? denseRecord(plan);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const files = {
    csv: join(options.folder, 'dense_r0.csv'),
    state: join(options.folder, 'training-state.safetensors'),
    probe: join(options.folder, 'probe.safetensors'),
  };
  const run = await checkResultsRun(options, { kind: plan.kind, record, work: [files.state, files.probe] });
  const { folder, log } = run;

  // ---- Data and model ---------------------------------------------------------------------------------------------
  const checkpoint = options.parameters ? undefined : (plan.checkpoint ?? undefined);
  requirePaths([
    ['data.root', plan.data.root],
    ['checkpoint', checkpoint],
  ]);
  const [train, validation] = [await readDenseSet(plan, 'train'), await readDenseSet(plan, 'validation')];
  const parameters = options.parameters ?? (await encoderParameters(plan, log));
  const config = denseProbeOf(plan, train.classNames?.length);
  const candidates = denseCandidates(plan.training);
  const split = heldOutPictures(plan, train, candidates.length);

  // ---- Engine -----------------------------------------------------------------------------------------------------
  const engine = await run.openEngine();
  const extractor = denseExtractor(engine, plan, parameters);
  const trainer = denseTrainer(engine, config, candidates.length, plan.seed);
  try {
    const batches = denseBatches(plan, train, split.train, extractor);
    requireSharedBatch(engine, batches.batchSize);
    const weights = parametersDigest(parameters);
    const { root } = plan.data;
    const sets = { 'training set': fingerprint(root, train), 'validation set': fingerprint(root, validation) };
    using _lock = await run.start(engine, { sets, weights: { encoder: weights } });
    const seen = trainedOnToo(train, validation);
    if (seen > 0) {
      const which = `${seen} of the ${validation.entries.length} pictures of ${plan.data.validation}`;
      log(`${which} are trained on, too: what is measured says little of pictures that were not seen`);
    }

    // ---- Training, choice, and what has come of it ------------------------------------------------------------------
    const results = await run.untilStopped(async (): Promise<DenseResults> => {
      await trainByLoss({
        ...denseTraining({ plan, engine, trainer, batches, pictures: split.train.length, candidates }),
        ...{ files, folder, log, signal, begin },
        observers: run.observers,
        resume: run.resume,
      });
      const states = await trainer.states();
      const asked = { engine, plan, config, extractor, begin, signal };
      const held =
        split.heldOut.length === 0 ? undefined : await measured(asked, states, train, split.heldOut, 'held out');
      const scores = held?.map((result) => (result === undefined ? Number.NaN : denseScore(result))) ?? [0];
      const chosen = bestOf(scores);
      for (const [i, { learningRate, weightDecay }] of candidates.entries()) {
        if (held !== undefined && held[i] === undefined) {
          log(`the probe of rate ${learningRate} and decay ${weightDecay} has diverged (NaN) and is left out`);
        }
      }
      const own = { ...states, probe: [states.probe[chosen]!] };
      const training = { encoder: weights, layer: plan.layer, size: plan.size, classNames: train.classNames };
      await saveDenseProbe(files.probe, { config, parameters: savedParameters(own), training });
      const [result] = await measured(asked, own, validation, validation.entries, plan.data.validation);
      return {
        result: result!,
        candidates: candidates.map((candidate, i) => ({ ...candidate, heldOut: held?.[i] })),
        chosen,
      };
    });
    if (results === undefined) return { folder, stopped: true };
    const told = { config: record.settings, path: folder.path, ...results };
    writeFileAtomically(folder.results, `${JSON.stringify(told, null, 2)}\n`);
    return { folder, stopped: false, probe: files.probe, ...results };
  } finally {
    trainer.dispose();
    extractor.dispose();
  }
}

/** What probes are measured with. */
interface Asked {
  engine: Engine;
  plan: DensePlan;
  config: DenseProbeConfig;
  extractor: FeatureExtractor;
  begin: BeginTask;
  signal: AbortSignal | undefined;
}

async function measured(
  { engine, plan, config, extractor, begin, signal }: Asked,
  states: DenseProbeStates,
  set: DenseSet,
  entries: readonly AnnotatedPicture[],
  title: string,
): Promise<(DenseResult | undefined)[]> {
  const asker = denseAsker(engine, config, states, extractor.batchSize);
  const progress = begin({ title, total: entries.length, unit: 'pictures' });
  const questions = { config, extractor, asker, signal, size: plan.size, patchSize: plan.encoder.patchSize };
  try {
    const results = await measureDense(set, entries, states.probe.length, questions, progress);
    const numbers = results.find((result) => result !== undefined);
    if (numbers === undefined) throw allDiverged();
    if (denseCount(numbers) === 0) throw nothingCounts(plan, entries.length, title);
    return results;
  } finally {
    progress.close();
    asker.dispose();
  }
}

/** The training pictures, and where there are several probes those that are held out, drawn from the seed. */
function heldOutPictures(
  { seed, training, data }: DensePlan,
  { entries }: DenseSet,
  probes: number,
): { train: readonly AnnotatedPicture[]; heldOut: readonly AnnotatedPicture[] } {
  if (probes === 1) return { train: entries, heldOut: [] };
  const count = Math.max(1, Math.round(training.heldOut * entries.length));
  if (count >= entries.length) {
    const problem = `${entries.length} pictures to train on, of which ${count} are to be held out`;
    throw new InputError({
      subject: data.root,
      problem,
      remedy: sentence`give it more pictures, or a smaller ${option('training.heldOut')}`,
    });
  }
  const held = new Set(permutation(stream([seed], HELD_OUT), entries.length).slice(0, count));
  return {
    train: entries.filter((_, i) => !held.has(i)),
    heldOut: entries.filter((_, i) => held.has(i)),
  };
}

/** Keeps the draw of what is held out apart from others of the seed. */
const HELD_OUT = 0x4e1d;

function allDiverged(): InputError {
  return new InputError({
    problem: 'the training has diverged: answers are no numbers',
    remedy: sentence`start again with lower ${option('training.learningRates')}`,
    code: 'diverged',
  });
}

/** The place of the largest score that is a number. */
function bestOf(scores: readonly number[]): number {
  const numbers = scores.map((score, place) => ({ score, place })).filter(({ score }) => !Number.isNaN(score));
  return numbers.reduce((best, own) => (own.score > best.score ? own : best)).place;
}

/** One probe's parameters by PyTorch's names. */
function savedParameters({ probe, statistics }: DenseProbeStates): DenseProbeStates['probe'][number] {
  if (statistics === undefined) return probe[0]!;
  return { ...probe[0]!, 'norm.running_mean': statistics.mean, 'norm.running_var': statistics.variance };
}

/** By places from the root on, which may be another when a training is resumed. */
function fingerprint(root: string, { entries }: DenseSet) {
  const place = (path: string) => relative(root, path);
  return indexFingerprint(
    entries.map(({ path, annotation }) => ({ path: `${place(path)} ${place(annotation)}`, label: -1 })),
  );
}

/** How many of the pictures that are measured are trained on. */
function trainedOnToo(train: DenseSet, { entries }: DenseSet): number {
  const trained = new Set(train.entries.map(({ path }) => path));
  return entries.filter(({ path }) => trained.has(path)).length;
}
