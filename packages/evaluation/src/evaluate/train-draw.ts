import { InputError, option, savePace, sentence } from '@vjepa/training';
import { saveProbe } from '../checkpoint/save-probe.js';
import { resumedLine } from '../training-state.js';
import { scoreName, scoreOf } from './answered-task.js';
import { DivergedProbes } from './diverged-probes.js';
import type { EvaluationContext, TrainingContext } from './evaluation-context.js';
import { appendCsv, startCsv, trainingFiles } from './evaluation-folder.js';
import { outcomesOf, type TrainingOutcome } from './evaluation-outcome.js';
import { type FeatureSource, listBad } from './feature-source.js';
import { heldOutSplit } from './held-out.js';
import type { LabelledSet } from './labelled-set.js';
import { drawnSamples } from './low-shot-draws.js';
import { measure, measureHeldOut, type ProbeResults, validate, writePredictions } from './measure-probes.js';
import { resumeTraining, saveTrainingState, type TrainingMoment } from './probe-training-state.js';
import { type EpochSummary, trainProbes } from './train-probes.js';

/** Trains the candidates on one draw, validating as the plan says, and saves the chosen probe. */
export async function trainDraw(context: TrainingContext): Promise<TrainingOutcome> {
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
  let results: ProbeResults | undefined;
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
  { heldOut: share, seed }: EvaluationContext['plan'],
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

function afterEpoch(epochs: number, candidates: number) {
  const zeros = () => Array.from({ length: candidates }, () => 0);
  return { epochs, steps: 0, loss: zeros(), correct: zeros() };
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
