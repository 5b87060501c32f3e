import { compileNotice, type HostTensor, type StepRunner, scalarOf } from '@vjepa/engine';
import {
  appendBadVideo,
  appendMetrics,
  appendReferenceRow,
  appendShortVideo,
  checkpointPath,
  checkRunFolder,
  createRunFolder,
  createRunLog,
  type ExistingRun,
  indexDifference,
  indexFingerprint,
  type LineKind,
  listCheckpoints,
  listenForStop,
  type RunFolder,
  RunLock,
  type RunLog,
  type RunRecord,
  readMetrics,
  readShortVideos,
  recordSession,
  removeOldCheckpoints,
  removePartialCheckpoints,
  runFolder,
  type StepMetrics,
  saveCheckpoint,
  truncateBadVideos,
  truncateMetrics,
  truncateReferenceRows,
  truncateShortVideos,
  writeFileAtomically,
} from '@vjepa/training';
import { type UnavailableVideo, VideoError } from '@vjepa/video';
import { CommandError, reasonOf } from '../command-error.js';
import { configRecord } from '../config/config-record.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { DATASET_REMEDY, readDatasets } from '../data/datasets.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { requireSharedBatch } from '../engine/shared-batch.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { tensorBoardObserver } from '../tensorboard/tensorboard-observer.js';
import { BadVideos } from './bad-videos.js';
import { CollapseWatch } from './collapse-watch.js';
import { datasetOrder, stepSamples } from './data-order.js';
import { describeModel, summarizeModel } from './model.js';
import { nonFiniteMetric, saveNonFiniteStep } from './non-finite.js';
import { Observers, type PretrainingObserver } from './observer.js';
import { pretrainingLoader } from './pretraining-loader.js';
import { duration, progressLine } from './progress-line.js';
import { writeReferenceCheckpoint } from './reference-checkpoint.js';
import { retention } from './retention.js';
import { type ProbeMetrics, type RunProbe, runProbe } from './run-probe.js';
import { ShortVideos } from './short-videos.js';
import { startingPoint } from './starting-point.js';
import { stepMasks } from './step-masks.js';
import { runLength, stepSchedule } from './step-schedule.js';
import { stepInputs, trainingStep } from './training-step.js';

export interface PretrainingOptions {
  config: PretrainingConfig;
  /** Notes on config keys, for the log. */
  notes?: readonly string[];
  /** The run folder. */
  run: string;
  existing: ExistingRun;
  engine?: EngineOptions;
  /** Where lines go, besides the run's console log; default stderr. */
  print?: (line: string, kind: LineKind) => void;
  /** Displays, experiment trackers and the like. */
  observers?: readonly PretrainingObserver[];
}

export interface PretrainingResult {
  folder: RunFolder;
  /** Updates done, over all sessions of the run. */
  steps: number;
  /** The newest checkpoint. */
  checkpoint: string;
  /** A video of the run's datasets. */
  video: string | undefined;
  /** 0, or that of the signal that stopped the run. */
  exitCode: number;
}

/**
 * Pretrains: reads clips, draws masks, steps, logs and saves until the config's epochs are done or a signal comes. A
 * step's clips, masks and schedules are functions of (config, step), so a resumed run continues as if it had never
 * stopped.
 *
 * @throws CommandError before anything is written when the config, the index, the run folder or the first videos are
 *   bad; later when too many videos are bad or the loss is not finite.
 */
export async function pretrain(options: PretrainingOptions): Promise<PretrainingResult> {
  const { config, existing } = options;
  const { batch_size: batchSize } = config.data;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);

  // ---- Run folder: checked now, created when the first batch has come ------------------------------------------------
  const record = configRecord(config);
  const folder = runFolder(options.run, { tag: config.logging.write_tag, record: record.file });
  using lock = new RunLock(folder, record, log);
  await lock.takeIfThere(existing);
  checkRunFolder(folder, existing, record);

  // ---- Data, masks, schedules: functions of the step -----------------------------------------------------------------
  const datasets = await readDatasets(config.data.datasets, DATASET_REMEDY);
  const videos = datasets.flatMap((dataset) => dataset.videos);
  const index = indexFingerprint(videos);
  const order = datasetOrder(config, datasets);
  const { stepsPerEpoch, totalSteps } = runLength(config, videos.length);
  const scheduleAt = stepSchedule(config, stepsPerEpoch);
  const masksAt = stepMasks(config);
  masksAt(0); // settings that cannot be drawn fail here, before any work

  // ---- Model and state: new, or where the run stopped ----------------------------------------------------------------
  const summary = summarizeModel(config);
  const { step: firstStep, state, run, resumed } = await startingPoint(config, folder, existing, stepsPerEpoch, log);
  if (existing === 'resume') {
    for (const line of record.differencesFrom(folder.config)) log(`note: config changed, ${line}`);
    const changed = indexDifference(run.index, index);
    if (changed !== undefined) log(`warning: ${changed}`);
  }
  const badVideos = new BadVideos(config.data.bad_video_share, run);
  /** Videos shorter than a clip that others stand in for (`data.filter_short_videos`). */
  const leftOut = new Set<string>();
  const drawnShort = resumed ? readShortVideos(folder.shortVideos).filter(({ step }) => step <= firstStep) : [];
  const shortVideos = new ShortVideos(
    config.data.short_video_share,
    videos.length,
    run,
    drawnShort.map(({ path }) => path),
  );

  // ---- Engine --------------------------------------------------------------------------------------------------------
  const precision = config.meta.dtype === 'float32' ? 'float32' : 'bfloat16';
  const engine = await openEngine({ ...options.engine, precision, bfloat16Setting: 'meta.dtype: bfloat16' });
  requireSharedBatch(engine, batchSize, 'data.batch_size');
  const probe = await runProbe(config, engine, totalSteps);
  const train = engine.bind(trainingStep(config), state);
  const compiling = compileNotice(engine, 'the training step', summary.encoder.depth + summary.predictor.depth);
  for (const line of [engine.description, ...describeModel(summary)]) log(line);
  log(`data       ${count(videos.length)} videos; ${count(totalSteps)} steps of ${batchSize} clips`);
  if (resumed) log(`resuming after step ${firstStep}`);

  // ---- Who watches ----------------------------------------------------------------------------------------------------
  const observers = new Observers(
    [...(config.logging.tensorboard ? [tensorBoardObserver()] : []), ...(options.observers ?? [])],
    log,
  );
  const collapse = new CollapseWatch();
  if (resumed) for (const step of readMetrics(folder.metrics)) if (step.step <= firstStep) collapse.add(step);

  // ---- Loop ----------------------------------------------------------------------------------------------------------
  const loader = pretrainingLoader(config, videos, waitingLine(log));
  const stop = listenForStop((signal) => log(`${signal}: finishing this step, then saving; again to leave at once`));
  const plan = planFrom(firstStep, totalSteps, (step) => stepSamples(order, videos.length, batchSize, step));
  let done = firstStep;
  // A run that began from a file elsewhere has no checkpoint of its own yet.
  const isKept = existing === 'resume' && listCheckpoints(folder.checkpoints).includes(firstStep);
  let saved: number | undefined = isKept ? firstStep : undefined;
  const remedy = () =>
    saved === undefined
      ? 'no checkpoint was saved before: start again with --overwrite'
      : `the checkpoint of step ${saved} is intact: --resume goes on from it`;
  let sinceLine: StepMetrics[] = [];
  let last: StepMetrics | undefined;

  const save = async () => {
    const versions = { vjepa: packageVersion(), node: process.versions.node, engine: engine.version };
    const { draws, replaced, bad } = badVideos;
    const run = { config, versions, index, loss: last?.loss, draws, replaced, bad, short: shortVideos.clips };
    const state = await train.readState();
    const path = await saveCheckpoint(folder.checkpoints, { step: done, state, run }).catch((error: unknown) => {
      throw new CommandError(`step ${done}: ${reasonOf(error)}; ${remedy()}`, { cause: error });
    });
    saved = done;
    removeOldCheckpoints(folder.checkpoints, retention(config, stepsPerEpoch));
    log(`saved ${path}`);
    if (config.checkpoints.reference && last) {
      await writeReferenceCheckpoint(folder.referenceCheckpoint, config, state, last, stepsPerEpoch);
      log(`saved ${folder.referenceCheckpoint}`);
    }
    await observers.notify('checkpoint', { step: done, path, state });
  };

  try {
    const { decoder, reason } = await loader.decoder();
    log(`decoder    ${decoder}: ${reason}`);
    const begun = performance.now();
    let stepBegun = begun;
    for await (const batch of loader.batches(plan)) {
      const clipsHere = performance.now();

      // Bad and short videos: counted, listed, and too many of them stop the run.
      badVideos.add(batchSize, batch.failures);
      const newlyShort = shortVideos.add(batchSize, batch.short);
      const excess = badVideos.excess() ?? shortVideos.excess();
      if (excess !== undefined) {
        if (done > (saved ?? firstStep)) await save();
        throw new CommandError(excess);
      }
      if (done === firstStep) {
        await lock.take(existing);
        startFolder(folder, existing, record, firstStep);
      }
      if (done === firstStep)
        recordSession(folder.environment, { engine, version: packageVersion(), firstStep, decoder });
      if (done === firstStep) log.writeTo(folder.console);
      if (done === firstStep) await observers.notify('start', { config, folder, firstStep, totalSteps });
      for (const { path, reason, replacedBy, code, passing } of batch.failures) {
        // Those that are left out on purpose may be many: once is enough.
        if (code === 'too-short' && leftOut.has(path)) continue;
        if (code === 'too-short') leftOut.add(path);
        const record = { step: done + 1, path, reason, replacedBy };
        appendBadVideo(folder.badVideos, passing ? { ...record, passing } : record);
        const what = code === 'too-short' ? 'short video' : passing ? 'video that cannot be reached now' : 'bad video';
        log(`replaced a ${what}: ${reason}`);
      }
      for (const { path, frames, needed } of newlyShort) {
        appendShortVideo(folder.shortVideos, { step: done + 1, path, frames, needed });
      }

      // One update.
      const schedule = scheduleAt(done + 1);
      const masks = masksAt(done);
      if (done === firstStep && compiling !== undefined) log(compiling);
      const outputs = await train(stepInputs(done + 1, batch, masks, schedule));
      done += 1;
      const now = performance.now();

      // What it did.
      const metrics: StepMetrics = {
        step: done,
        ...schedule,
        ...scalars(outputs),
        context_tokens: masks.map(({ context }) => context.shape[1]),
        target_tokens: masks.map(({ target }) => target.shape[1]),
        clips_per_second: (1000 * batchSize) / (now - stepBegun),
        step_ms: now - stepBegun,
        data_ms: batch.milliseconds.wait,
        compute_ms: now - clipsHere,
        rss_mb: process.memoryUsage.rss() / 2 ** 20,
        replaced_videos: badVideos.replaced,
        short_clips: shortVideos.clips,
        time: new Date().toISOString(),
      };
      stepBegun = now;
      const bad = nonFiniteMetric(metrics);
      if (probe?.isDue(done) && bad === undefined) Object.assign(metrics, await probed(probe, train, done, log));
      appendMetrics(folder.metrics, metrics);
      appendReferenceRow(folder.csv, metrics);
      await observers.notify('step', { metrics, batch, masks });
      batch.release();
      for (const warning of collapse.add(metrics)) {
        log(`WARNING: ${warning.message}`);
        await observers.notify('warning', warning);
      }
      sinceLine.push(metrics);
      last = metrics;
      if (bad !== undefined) {
        const files = await saveNonFiniteStep(folder.path, metrics, batch.paths, await train.readState());
        throw new CommandError(
          `step ${done}: ${bad} is ${metrics[bad]}; the run is stopped. Videos of this step: ${batch.paths.join(', ')}. ` +
            `State and numbers are in ${files.join(' and ')}; ${remedy()}. The same settings lead to the same step: lower ` +
            'optimization.lr, or clip gradients (optimization.clip_grad)',
        );
      }
      if (done % config.logging.console_every === 0 || done === firstStep + 1 || done === totalSteps) {
        log(progressLine(sinceLine, totalSteps, done === firstStep + 1), 'progress');
        sinceLine = [];
      }

      if (done % stepsPerEpoch === 0 || done === totalSteps || stop.signal) {
        const short = shortVideos.summary(folder.shortVideos);
        if (short !== undefined) log(`warning: ${short}`);
      }

      // Save where it is time, and where the run ends.
      if (done % (config.checkpoints.every ?? stepsPerEpoch) === 0 || done === totalSteps || stop.signal) await save();
      if (stop.signal) break;
    }
    if (firstStep >= totalSteps) log(`the run is complete: ${firstStep} of ${totalSteps} steps are done`);
    else
      log(
        `${stop.signal ? 'stopped' : 'done'} after step ${done} of ${totalSteps}, ${duration(performance.now() - begun)}`,
      );
  } catch (error) {
    // The data are gone, perhaps for a while only: the steps that were done stay done.
    if (error instanceof VideoError && done > (saved ?? firstStep)) await save();
    throw error;
  } finally {
    await observers.notify('end');
    stop.close();
    train.dispose();
    probe?.dispose();
    await loader.close();
  }
  const exitCode = done < totalSteps ? stop.exitCode : 0;
  return {
    folder,
    steps: done,
    checkpoint: checkpointPath(folder.checkpoints, saved ?? firstStep),
    video: videos[0]?.path,
    exitCode,
  };
}

/** Says that clips are being waited for, at most every ten seconds. */
function waitingLine(log: RunLog): (video: UnavailableVideo) => void {
  let said = Number.NEGATIVE_INFINITY;
  return ({ reason }) => {
    if (performance.now() - said < 10_000) return;
    said = performance.now();
    log(`waiting for a video: ${reason}`);
  };
}

function* planFrom<Samples>(first: number, end: number, samplesAt: (step: number) => Samples): Generator<Samples> {
  for (let step = first; step < end; step++) yield samplesAt(step);
}

/** Creates the folder, or brings a resumed run's logs back to the step it goes on from. */
function startFolder(folder: RunFolder, existing: ExistingRun, record: RunRecord, firstStep: number): void {
  createRunFolder(folder, existing);
  removePartialCheckpoints(folder.checkpoints);
  writeFileAtomically(folder.config, record.text);
  truncateMetrics(folder.metrics, firstStep);
  truncateReferenceRows(folder.csv, firstStep);
  truncateBadVideos(folder.badVideos, firstStep);
  truncateShortVideos(folder.shortVideos, firstStep);
}

/** What the probe finds after a step. A probe that fails is a line in the log: the training goes on. */
async function probed(probe: RunProbe, train: StepRunner, step: number, log: RunLog): Promise<Partial<ProbeMetrics>> {
  try {
    const metrics = await probe.measure(train);
    log(
      `probe      step ${step}: ${percent(metrics.probe_accuracy)} of ${metrics.probe_videos} held-out videos right ` +
        `(always the commonest class: ${percent(metrics.probe_chance)}), ${duration(metrics.probe_ms)}`,
    );
    return metrics;
  } catch (error) {
    log(`warning: step ${step}: the probe failed and is left out: ${reasonOf(error)}`);
    return {};
  }
}

/** The outputs that every step has, and whatever other scalars it returned. */
function scalars(outputs: Record<string, HostTensor>) {
  const values = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, scalarOf(tensor)]));
  return values as typeof values &
    Pick<StepMetrics, 'loss' | 'loss_jepa' | 'loss_reg' | 'encoder_grad_norm' | 'predictor_grad_norm'>;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
