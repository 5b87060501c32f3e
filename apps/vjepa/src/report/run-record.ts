import { existsSync, readFileSync } from 'node:fs';
import type { IndexedVideo } from '@vjepa/benchmarks';
import {
  type BadVideoRecord,
  CollapseWatch,
  checkpointPath,
  listCheckpoints,
  nonFinitePath,
  type PretrainingPlan,
  type RunSession,
  readBadVideos,
  readMetrics,
  runFolder,
  type StepMetrics,
  type TrainingWarning,
} from '@vjepa/training';
import { pretrainingConfigFile } from '../checkpoint/pretrained-model.js';
import { reasonOf } from '../command-error.js';
import { CONFIG_FILE } from '../config/config-record.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { readDatasets } from '../data/datasets.js';
import { commandLineName } from '../option-names.js';

/** A warning in the command line's words. */
type RunWarning = Omit<TrainingWarning, 'message'> & { message: string };

/** All that a run folder tells about its run. */
export interface RunRecord {
  path: string;
  config: PretrainingConfig;
  plan: PretrainingPlan;
  configText: string;
  metrics: StepMetrics[];
  warnings: RunWarning[];
  /** The step that ended the run because a number was not finite, and its videos. */
  nonFinite: { step: number; videos: string[] } | undefined;
  badVideos: BadVideoRecord[];
  sessions: RunSession[];
  /** The newest checkpoint, if there is one. */
  checkpoint: { path: string; step: number } | undefined;
  /** The index's videos, or why it cannot be read now. */
  videos: readonly IndexedVideo[] | { problem: string };
  /** Steps the run was to have; undefined when that depends on an index that cannot be read. */
  totalSteps: number | undefined;
}

/** Reads a run folder. @throws CommandError when it holds no run. */
export async function readRun(path: string): Promise<RunRecord> {
  const configFile = pretrainingConfigFile(path);
  const { config } = loadPretrainingConfig(configFile);
  const folder = runFolder(path, { tag: config.logging.write_tag, record: CONFIG_FILE });
  const plan = planOf(config);
  const metrics = readMetrics(folder.metrics);
  const videos = await readVideos(config);
  const length = Array.isArray(videos) ? videos.length : config.optimization.ipe === null ? undefined : 0;
  const [newest] = listCheckpoints(folder.checkpoints);
  return {
    path,
    config,
    plan,
    configText: readFileSync(configFile, 'utf8'),
    metrics,
    warnings: warningsOf(metrics),
    nonFinite: nonFiniteStep(path, metrics.at(-1)?.step ?? 0),
    badVideos: readBadVideos(folder.badVideos),
    sessions: existsSync(folder.environment)
      ? (JSON.parse(readFileSync(folder.environment, 'utf8')) as RunSession[])
      : [],
    checkpoint: newest === undefined ? undefined : { path: checkpointPath(folder.checkpoints, newest), step: newest },
    videos,
    totalSteps: length === undefined ? undefined : plan.scheduleFor(length).totalSteps,
  };
}

/** What a stop at a number that is not finite left, unless the run has gone on since. */
function nonFiniteStep(path: string, lastStep: number): RunRecord['nonFinite'] {
  const file = nonFinitePath(path, lastStep);
  if (!existsSync(file)) return undefined;
  const { videos } = JSON.parse(readFileSync(file, 'utf8')) as { videos: string[] };
  return { step: lastStep, videos };
}

async function readVideos(config: PretrainingConfig): Promise<RunRecord['videos']> {
  try {
    return (await readDatasets(config.data.datasets)).flatMap(({ videos }) => videos);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

function warningsOf(metrics: readonly StepMetrics[]): RunWarning[] {
  const watch = new CollapseWatch();
  const found = metrics.flatMap((step) => watch.add(step));
  return found.map((warning) => ({ ...warning, message: warning.message.inWords(commandLineName) }));
}
