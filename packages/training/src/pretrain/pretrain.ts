import {
  compileNotice,
  type Engine,
  flatten,
  type HostGroup,
  type HostTensor,
  type HostTree,
  inputsAhead,
  openEngine,
  requireSharedBatch,
  scalarOf,
} from '@vjepa/engine';
import { initialGradients } from '@vjepa/jepa';
import { type UnavailableVideo, VideoError } from '@vjepa/video';
import { indexDifference, indexFingerprint } from '../data/index-fingerprint.js';
import { InputError, reasonOf } from '../input-error.js';
import { packageVersion } from '../package-version.js';
import { describeModel, summarizeModel } from '../plan/model-summary.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import { clipsOfStep } from '../plan/planned-clips.js';
import type { PlannedOutputs } from '../plan/planned-step.js';
import type { RunSchedule } from '../plan/run-schedule.js';
import { stepInputs } from '../plan/step-inputs.js';
import { trainInParts } from '../plan/train-in-parts.js';
import { unfitSetting } from '../require-setting.js';
import { writeFileAtomically } from '../run/atomic-file.js';
import { truncateBadVideos } from '../run/bad-video-file.js';
import {
  checkpointPath,
  listCheckpoints,
  removeOldCheckpoints,
  removePartialCheckpoints,
  saveCheckpoint,
} from '../run/checkpoint-store.js';
import { machineOf, recordSession } from '../run/environment.js';
import { appendMetrics, readMetrics, type StepMetrics, truncateMetrics } from '../run/metrics-file.js';
import { Observers } from '../run/observers.js';
import { removePartialFiles } from '../run/partial-files.js';
import { appendReferenceRow, truncateReferenceRows } from '../run/reference-csv.js';
import { checkRunFolder, createRunFolder, type RunFolder, runFolder } from '../run/run-folder.js';
import { RunHosts } from '../run/run-hosts.js';
import { RunLock } from '../run/run-lock.js';
import { createRunLog, type RunLog, type RunLogOptions } from '../run/run-log.js';
import { type ExistingRun, OVERWRITE, RESUME } from '../run/run-options.js';
import { type RunRecord, settingsRecord } from '../run/run-record.js';
import { truncateShortVideos } from '../run/short-video-file.js';
import { option, sentence } from '../sentence.js';
import { CollapseWatch } from './collapse-watch.js';
import { DrawnVideos } from './drawn-videos.js';
import { type Evaluator, openEvaluators } from './evaluator.js';
import { ForgettingWatch } from './forgetting-watch.js';
import { LossGuard } from './loss-guard.js';
import { nonFiniteMetric, saveNonFiniteStep } from './non-finite.js';
import type { PretrainingObserver } from './observer.js';
import { duration, progressLine } from './progress-line.js';
import { writeReferenceCheckpoint } from './reference-checkpoint.js';
import { relativeLoss } from './relative-loss.js';
import { type StartingPoint, startingPoint } from './starting-point.js';
import {
  describeClips,
  flopsOfStep,
  joined,
  readStepClips,
  type StepLoaders,
  tokensOf,
  troublesOf,
} from './step-clips.js';
import { type TeacherWeights, teacherOf } from './teacher.js';

/** What `pretrain` takes: the plan, a folder, and whoever watches. */
export interface PretrainingOptions extends RunLogOptions {
  plan: PretrainingPlan;
  /** The run's folder, made when the first clips have come. */
  folder: string;
  /** What becomes of a run that is in the folder. Default `refuse`. */
  existing?: ExistingRun | undefined;
  /** What the steps run on, or what opens it once all else is known to be right. Default: `openEngine`. */
  engine?: Engine | (() => Promise<Engine>) | undefined;
  /**
   * Processes that share the run with this one, as `joinHosts` of @vjepa/hosts gives them, whose engines share steps: each
   * reads its part of every batch, and the first writes the folder, which all see. Default: this process alone.
   */
  hosts?: HostGroup | undefined;
  /** Parameters of the plan's teacher, or what loads them once all else is known to be right. */
  teacher?: TeacherWeights | undefined;
  /** Told of all that happens: displays, TensorBoard, experiment trackers. */
  observers?: readonly PretrainingObserver[] | undefined;
  /** Measure the model now and then. */
  evaluators?: readonly Evaluator[] | undefined;
  /** What the run was asked for, as its folder keeps it. Default: the plan's settings, as JSON. */
  record?: RunRecord | undefined;
  /** Aborted, it ends the run after the step under way, which is saved; a reason that is text goes to the log. */
  signal?: AbortSignal | undefined;
  /** For the beginning of the log. */
  notes?: readonly string[] | undefined;
  /** Of the program that trains, for the record. Default: this package's. */
  version?: string | undefined;
}

/** A teacher's are in a file of their own. */
const SAVED = ['encoder', 'predictor', 'targetEncoder', 'expAvg', 'expAvgSq'] as const;

/** How a session of a run ended. */
export interface PretrainingResult {
  folder: RunFolder;
  /** Updates done, over all sessions of the run. */
  steps: number;
  /** The newest checkpoint. */
  checkpoint: string;
  /** One of the run's videos. */
  video: string | undefined;
  /** Whether `signal` ended it before its last step. */
  stopped: boolean;
}

/**
 * Pretrains: reads clips, draws masks, steps, logs and saves until the plan's epochs are done or it is told to stop. A step's
 * clips, masks and schedules are functions of (plan, step), so a resumed run goes on as if it had never stopped.
 *
 * @throws InputError before anything is written when the videos, the folder or the first clips are bad; later when too
 *   many videos are bad or a number is not finite. EngineError when the engine's devices cannot share a batch
 */
export async function pretrain(options: PretrainingOptions): Promise<PretrainingResult> {
  const { plan, existing = 'refuse', version = packageVersion() } = options;
  if (typeof plan?.readVideos !== 'function') {
    throw unfitSetting('plan', 'what planPretraining gives', plan === undefined ? plan : Object.keys(Object(plan)));
  }
  const { settings } = plan;
  const allClips = clipsOfStep(plan);
  const hosts = new RunHosts(options.hosts);
  const log = createRunLog(hosts.isFirst ? options : { print: () => undefined });
  for (const note of options.notes ?? []) log(`note: ${note}`);

  // ---- Run folder: checked now, created when the first batch has come ------------------------------------------------
  const record = options.record ?? settingsRecord('pretraining', settings);
  const folder = runFolder(options.folder, { tag: settings.tag, record: record.file });
  using lock = new RunLock(folder, record, log);
  if (hosts.isFirst) {
    await lock.takeIfThere(existing);
    checkRunFolder(folder, existing, record);
  }
  await hosts.requireSame({ version, settings });

  // ---- Data and schedules: functions of the step ---------------------------------------------------------------------
  const clips = await readStepClips(plan, hosts); // masks that cannot be drawn fail here, too, before any work
  const { videos } = clips;
  const index = indexFingerprint(videos);
  const schedule = plan.scheduleFor(clips.mainVideos);
  const { stepsPerEpoch, totalSteps } = schedule;

  // ---- Model and state: new, or where the run stopped ----------------------------------------------------------------
  const start = await startingPoint(plan, folder, existing, stepsPerEpoch, log);
  const { step: firstStep, state, run, resumed, updatesBefore } = start;
  if (existing === 'resume') {
    for (const line of record.differencesFrom(folder.config)) log(`note: config changed, ${line}`);
    const changed = indexDifference(run.index, index);
    if (changed !== undefined) log(`warning: ${changed}`);
  }
  const before = resumed ? { step: firstStep, run } : undefined;
  await hosts.requireSame({ 'first step': firstStep, 'list of videos': index });
  const drawn = new DrawnVideos(folder, settings.limits, videos.length, before);

  // ---- Engine --------------------------------------------------------------------------------------------------------
  const engine = await openedEngine(options);
  const { accumulationSteps } = settings.optimization;
  for (const { batchSize } of [plan, ...plan.others]) requireSharedBatch(engine, batchSize, accumulationSteps);
  const measuring = { engine: engine.alone ?? engine, plan, totalSteps, log };
  const evaluators = await openEvaluators(hosts.isFirst ? (options.evaluators ?? []) : [], measuring);
  const teacher = await teacherOf(plan, options.teacher, run.teacher);
  const sums = accumulationSteps > 1 && initialGradients(state);
  const train = engine.bind(plan.step, { ...state, ...sums, ...(teacher && { teacher: teacher.parameters }) });
  const update = trainInParts(train, accumulationSteps);
  const compiling = compileNotice(engine, 'the training step', plan.encoder.depth + plan.predictor.depth);
  const summary = summarizeModel(settings.model, plan);
  for (const line of [engine.description, ...describeModel(summary)]) log(line);
  log(`data       ${count(videos.length)} videos; ${count(totalSteps)} steps of ${describeClips(plan)}`);
  if (resumed) log(`resuming after step ${firstStep}`);

  // ---- Who watches ---------------------------------------------------------------------------------------------------
  const observers = new Observers(hosts.isFirst ? (options.observers ?? []) : [], log);
  const from = settings.from ?? (run.from as string | undefined);
  const watches = [new CollapseWatch(), ...(from === undefined ? [] : [new ForgettingWatch()])];
  const { lossGuard } = settings.optimization;
  const guard = lossGuard && new LossGuard(lossGuard);
  for (const step of resumed ? readMetrics(folder.metrics) : []) {
    if (step.step > firstStep) continue;
    for (const watch of watches) watch.add(step);
    guard?.add(step.step, step.loss);
  }

  // ---- Checkpoints ---------------------------------------------------------------------------------------------------
  let done = firstStep;
  let last: StepMetrics | undefined;
  // A run that began from a file elsewhere has no checkpoint of its own yet.
  const isKept = existing === 'resume' && listCheckpoints(folder.checkpoints).includes(firstStep);
  let saved: number | undefined = isKept ? firstStep : undefined;
  const remedy = () =>
    saved === undefined
      ? sentence`no checkpoint was saved before: start again with ${OVERWRITE}`
      : sentence`the checkpoint of step ${saved} is intact: ${RESUME} goes on from it`;

  const save = async () => {
    saved = hosts.isFirst ? saved : done;
    if (!hosts.isFirst) return;
    const versions = { vjepa: version, node: process.versions.node, engine: engine.version };
    // The encoder goes with its parameters: no tensor tells its heads.
    const { encoder, predictor } = plan;
    const began = { ...(updatesBefore > 0 && { updatesBefore }), ...(teacher && { teacher: teacher.checksum }), from };
    const of = { ...began, predictor, loss: last?.loss };
    const run = { ...record.inCheckpoints, encoder, versions, index, ...of, ...drawn.counts };
    const state = flatten<HostTensor>(await train.readState(SAVED));
    const path = await saveCheckpoint(folder.checkpoints, { step: done, state, run }).catch((error: unknown) => {
      throw new InputError({ problem: sentence`step ${done}: ${reasonOf(error)}; ${remedy()}`, cause: error });
    });
    saved = done;
    removeOldCheckpoints(folder.checkpoints, schedule.retention);
    log(`saved ${path}`);
    if (settings.checkpoints.reference && last) {
      await writeReferenceCheckpoint(
        folder.referenceCheckpoint,
        settings,
        state,
        { ...last, updatesBefore },
        stepsPerEpoch,
      );
      log(`saved ${folder.referenceCheckpoint}`);
    }
    await observers.notify('checkpoint', { step: done, path, state });
  };

  // ---- Loop ----------------------------------------------------------------------------------------------------------
  const loaders = clips.open(waitingLine(log));
  const { signal } = options;
  const onStop = () => log(typeof signal?.reason === 'string' ? signal.reason : 'finishing this step, then saving');
  signal?.addEventListener('abort', onStop, { once: true });
  let sinceLine: StepMetrics[] = [];
  let stopped = false;
  try {
    const { decoder, reason } = await loaders.decoder();
    log(`decoder    ${decoder}: ${reason}`);
    const begun = performance.now();
    let stepBegun = begun;
    const steps = stepsOn(loaders.batches(firstStep, totalSteps), { plan, schedule, firstStep, updatesBefore, guard });
    for await (const { all, scheduled, inputs } of inputsAhead(update, steps)) {
      const [{ batch, masks }] = all;
      const clipsHere = performance.now();
      const isFirst = done === firstStep;

      // Bad and short videos: counted, listed, and too many of them stop the run.
      const wait = all.reduce((sum, { batch }) => sum + batch.milliseconds.wait, 0);
      const ready = await hosts.gather('batches', { ...troublesOf(all), wait });
      const { excess, list } = drawn.add(allClips, joined(ready));
      if (excess !== undefined) {
        if (done > (saved ?? firstStep)) await save();
        throw new InputError({ problem: excess, code: 'too-many-bad-videos' });
      }
      if (isFirst) {
        const machines = await hosts.gather('machines', machineOf(engine));
        if (hosts.isFirst) {
          await lock.take(existing);
          startFolder(folder, existing, record, firstStep);
          recordSession(folder.environment, { engine, version, firstStep, decoder, machines });
          log.writeTo(folder.console);
        }
        await hosts.requireSeen(folder.config);
        await observers.notify('start', { plan, folder, firstStep, totalSteps });
      }
      if (hosts.isFirst) list(done + 1, log);

      // One update.
      if (isFirst && compiling !== undefined) log(compiling);
      const outputs = await update(inputs);
      done += 1;
      const now = performance.now();
      const computed = await hosts.gather('steps', now - clipsHere);

      // What it did.
      const seconds = (now - stepBegun) / 1000;
      const flops = flopsOfStep(plan, all) / seconds;
      const metrics: StepMetrics = {
        step: done,
        ...scheduled,
        momentum: plan.hasTargetEncoder ? scheduled.momentum : undefined,
        ...scalars(outputs),
        ...tokensOf(masks),
        clips_per_second: allClips / seconds,
        model_flops_per_second: flops,
        ...(engine.peakFlops !== undefined && { utilization: flops / engine.peakFlops }),
        step_ms: now - stepBegun,
        data_ms: wait,
        compute_ms: now - clipsHere,
        ...(hosts.count > 1 && {
          host_data_ms: ready.map((host) => host.wait),
          host_compute_ms: computed,
        }),
        rss_mb: process.memoryUsage.rss() / 2 ** 20,
        replaced_videos: drawn.counts.replaced,
        short_clips: drawn.counts.short,
        time: new Date().toISOString(),
      };
      metrics.loss_relative_to_mean = relativeLoss(metrics);
      guard?.add(done, metrics.loss);
      if (metrics.skipped === 1)
        log(`step ${done}: the loss, ${metrics.loss.toFixed(4)}, is above the guard's limit: nothing was changed`);
      stepBegun = now;
      const bad = nonFiniteMetric(metrics);
      if (bad === undefined) Object.assign(metrics, await evaluators.measure(train, done));
      if (hosts.isFirst) {
        appendMetrics(folder.metrics, metrics);
        appendReferenceRow(folder.csv, metrics);
      }
      await observers.notify('step', { metrics, batch, masks });
      for (const { batch } of all) batch.release();
      for (const warning of watches.flatMap((watch) => watch.add(metrics))) {
        log(sentence`WARNING: ${warning.message}`);
        await observers.notify('warning', warning);
      }
      sinceLine.push(metrics);
      last = metrics;
      if (bad !== undefined) {
        const paths = all.flatMap(({ batch }) => batch.paths);
        const files = hosts.isFirst
          ? await saveNonFiniteStep(folder.path, metrics, paths, flatten(await train.readState(SAVED)))
          : ['the first host'];
        throw new InputError({
          problem: sentence`step ${done}: ${bad} is ${metrics[bad]}; the run is stopped. Videos of this step: ${paths.join(', ')}. State and numbers are in ${files.join(' and ')}; ${remedy()}`,
          remedy: sentence`The same settings lead to the same step: lower ${option('optimization.learningRate')}, or clip gradients (${option('optimization.clipNorm')})`,
          code: 'not-finite',
        });
      }
      if (done % settings.progressEvery === 0 || isFirst || done === totalSteps) {
        log(progressLine(sinceLine, totalSteps, isFirst), 'progress');
        sinceLine = [];
      }

      // Save where it is time, and where the run ends: on all hosts where somebody stops one.
      stopped = (await hosts.gather('stops', signal?.aborted === true)).includes(true);
      const ends = done === totalSteps || stopped;
      if (done % stepsPerEpoch === 0 || ends) {
        const short = drawn.summary();
        if (short !== undefined) log(`warning: ${short}`);
      }
      if (done % schedule.checkpointEvery === 0 || ends) await save();
      if (stopped) break;
    }
    if (firstStep >= totalSteps) log(`the run is complete: ${firstStep} of ${totalSteps} steps are done`);
    else {
      const how = stopped ? 'stopped' : 'done';
      log(`${how} after step ${done} of ${totalSteps}, ${duration(performance.now() - begun)}`);
    }
  } catch (error) {
    // The data are gone, perhaps for a while only: the steps that were done stay done.
    if (error instanceof VideoError && done > (saved ?? firstStep)) await save();
    throw error;
  } finally {
    await observers.notify('end');
    signal?.removeEventListener('abort', onStop);
    train.dispose();
    evaluators.dispose();
    await loaders.close();
  }
  return {
    folder,
    steps: done,
    checkpoint: checkpointPath(folder.checkpoints, saved ?? firstStep),
    video: videos[0]?.path,
    stopped: stopped && done < totalSteps,
  };
}

async function openedEngine({ engine, plan }: PretrainingOptions): Promise<Engine> {
  if (typeof engine === 'function') return engine();
  return engine ?? openEngine({ precision: plan.settings.precision });
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

interface StepsOn extends Pick<StartingPoint, 'updatesBefore'> {
  plan: PretrainingPlan;
  schedule: RunSchedule;
  firstStep: number;
  guard: LossGuard | undefined;
}

/** What each step is run on. */
async function* stepsOn(
  batches: ReturnType<StepLoaders['batches']>,
  { plan, schedule, firstStep, updatesBefore, guard }: StepsOn,
) {
  let step = firstStep;
  for await (const all of batches) {
    step += 1;
    const scheduled = schedule.at(step);
    const [{ batch, masks }, ...others] = all;
    const more = others.map((other, i) => {
      return { ...other, contextWeight: plan.others[i]!.contextWeightAt(step, schedule.stepsPerEpoch) };
    });
    const inputs = stepInputs(step + updatesBefore, batch, masks, scheduled, more);
    yield { all, scheduled, inputs: guard ? { ...inputs, lossLimit: guard.limitAt(step) } : inputs };
  }
}

/** Creates the folder, or brings a resumed run's logs back to the step it goes on from. */
function startFolder(folder: RunFolder, existing: ExistingRun, record: RunRecord, firstStep: number): void {
  createRunFolder(folder, existing);
  removePartialCheckpoints(folder.checkpoints);
  removePartialFiles([folder.referenceCheckpoint]);
  writeFileAtomically(folder.config, record.text);
  truncateMetrics(folder.metrics, firstStep);
  truncateReferenceRows(folder.csv, firstStep);
  truncateBadVideos(folder.badVideos, firstStep);
  truncateShortVideos(folder.shortVideos, firstStep);
}

/** The outputs that every step has, and whatever other scalars it returned, by the names of `metrics.jsonl`. */
function scalars({ statistics = {}, ...outputs }: HostTree<PlannedOutputs>) {
  const named = { ...flatten<HostTensor>(outputs), ...statistics };
  const values = Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, scalarOf(tensor)]));
  return values as typeof values & Pick<StepMetrics, 'loss' | 'encoder_grad_norm' | 'predictor_grad_norm'>;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
