import { EngineError, type HostGroup, isFirstHost } from '@vjepa/engine';
import { loadEncoder, runProbe } from '@vjepa/evaluation';
import {
  type ExistingRun,
  type LineKind,
  listenForStop,
  type PretrainingObserver,
  type PretrainingPlan,
  type PretrainingResult,
  pretrain,
  type StopRequest,
  tensorBoardObserver,
} from '@vjepa/training';
import { configRecord } from '../config/config-record.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { probeSettings } from '../config/probe-settings.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { engineProblem } from '../engine/engine-problem.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { noticeOnStop } from './stop-notice.js';

export interface RunPretrainingOptions {
  config: PretrainingConfig;
  /** Notes on config keys, for the log. */
  notes?: readonly string[];
  /** The run folder. */
  run: string;
  existing: ExistingRun;
  engine?: EngineOptions;
  /** Where lines go, besides the run's console log; default stderr. */
  print?: (line: string, kind: LineKind) => void;
  observers?: readonly PretrainingObserver[];
  /** Processes that share the run. */
  hosts?: HostGroup | undefined;
}

/** How a session of a command's run ended. */
export interface RunPretrainingResult extends PretrainingResult {
  /** 0, or that of the signal that stopped the run. */
  exitCode: number;
}

/**
 * Pretrains as a config says: its plan, its TensorBoard files and its probe, in the command line's words. Before its
 * first step SIGINT and SIGTERM end it at once; from then on after the step under way, and a second one at once.
 *
 * @throws as `pretrain` of @vjepa/training does
 */
export async function runPretraining(options: RunPretrainingOptions): Promise<RunPretrainingResult> {
  const { config, observers = [], hosts } = options;
  const { images_every: imagesEvery, tensorboard } = config.logging;
  const plan = planOf(config);
  const { precision } = plan.settings;
  const stopping = new AbortController();
  let stop: StopRequest | undefined;
  const before = noticeOnStop(() => 'no step was done, and what was there is as it was');
  const listener = {
    name: 'whoever listens for signals',
    start() {
      before[Symbol.dispose]();
      const rest = 'finishing this step, then saving; again to leave at once';
      stop = listenForStop((signal) => stopping.abort(`${signal}: ${rest}`));
    },
  } satisfies PretrainingObserver;
  // Only the first of several processes tells its observers; all of them stop together, after a step.
  if (!isFirstHost(hosts)) listener.start();
  try {
    const result = await pretrain({
      plan,
      folder: options.run,
      existing: options.existing,
      hosts,
      engine: () => openEngine({ ...options.engine, hosts, precision, bfloat16Setting: 'meta.dtype: bfloat16' }),
      teacher: config.teacher && (() => teacherWeights(config, plan)),
      observers: [listener, ...(tensorboard ? [tensorBoardObserver({ imagesEvery })] : []), ...observers],
      signal: stopping.signal,
      evaluators: config.probe === null ? [] : [runProbe(probeSettings(config.probe))],
      record: configRecord(config, pretrainingConfig),
      notes: options.notes,
      print: options.print,
      nameOf: commandLineName,
      version: packageVersion(),
    });
    return { ...result, exitCode: result.stopped && stop ? stop.exitCode : 0 };
  } catch (error) {
    throw error instanceof EngineError ? engineProblem(error, 'data.batch_size') : error;
  } finally {
    before[Symbol.dispose]();
    stop?.close();
  }
}

async function teacherWeights({ teacher }: PretrainingConfig, plan: PretrainingPlan) {
  const { checkpoint, checkpoint_key: key } = teacher!;
  return (await loadEncoder(checkpoint, plan.teacher, { key })).parameters;
}
