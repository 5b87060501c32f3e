import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexedVideo } from '@vjepa/benchmarks';
import {
  type BadVideoRecord,
  CollapseWatch,
  checkpointPath,
  InputError,
  listCheckpoints,
  nonFinitePath,
  type PretrainingPlan,
  type RunSession,
  readBadVideos,
  readMetrics,
  reasonOf,
  runFolder,
  type Sentence,
  type StepMetrics,
  type TrainingWarning,
} from '@vjepa/training';

/** All that a run's folder tells about its run. */
export interface ReportedRun {
  path: string;
  plan: PretrainingPlan;
  /** What the run was asked for, as its folder keeps it. */
  settingsText: string;
  metrics: StepMetrics[];
  warnings: TrainingWarning[];
  /** The step that ended the run because a number was not finite, and its videos. */
  nonFinite: { step: number; videos: string[] } | undefined;
  badVideos: BadVideoRecord[];
  sessions: RunSession[];
  /** The newest checkpoint, if there is one. */
  checkpoint: { path: string; step: number } | undefined;
  /** The file of a decoder of its features, whether it is there or not. */
  decoder: string;
  /** The videos of the run, or why they cannot be listed now. */
  videos: readonly IndexedVideo[] | { problem: string | Sentence };
  /** Steps the run was to have; undefined when that depends on videos that cannot be listed. */
  totalSteps: number | undefined;
}

export interface ReportedRunOptions {
  /** The run's folder. */
  run: string;
  /** The run's settings, planned. */
  plan: PretrainingPlan;
  /** The file in the run's folder that holds its settings. Default: `settings.json`. */
  settingsFile?: string | undefined;
  /** A decoder of the features of the newest checkpoint. Default: `pixel_decoder/decoder.safetensors` in the run's folder. */
  decoder?: string | undefined;
}

/** Reads a run's folder. @throws InputError when it holds no run */
export async function readReportedRun(options: ReportedRunOptions): Promise<ReportedRun> {
  const { run: path, plan, settingsFile = 'settings.json' } = options;
  const folder = runFolder(path, { tag: plan.settings.tag, record: settingsFile });
  if (!existsSync(folder.config)) {
    throw new InputError({
      subject: path,
      problem: `there is no run here: ${settingsFile} is missing`,
      remedy: 'name the folder of a pretraining run',
      code: 'no-run',
    });
  }
  const metrics = readMetrics(folder.metrics);
  const videos = await listVideos(plan);
  const length = Array.isArray(videos) ? videos.length : plan.settings.stepsPerEpoch === undefined ? undefined : 0;
  const [newest] = listCheckpoints(folder.checkpoints);
  return {
    path,
    plan,
    settingsText: readFileSync(folder.config, 'utf8'),
    metrics,
    warnings: warningsOf(metrics),
    nonFinite: nonFiniteStep(path, metrics.at(-1)?.step ?? 0),
    badVideos: readBadVideos(folder.badVideos),
    sessions: existsSync(folder.environment)
      ? (JSON.parse(readFileSync(folder.environment, 'utf8')) as RunSession[])
      : [],
    decoder: options.decoder ?? join(path, 'pixel_decoder', 'decoder.safetensors'),
    checkpoint: newest === undefined ? undefined : { path: checkpointPath(folder.checkpoints, newest), step: newest },
    videos,
    totalSteps: length === undefined ? undefined : plan.scheduleFor(length).totalSteps,
  };
}

/** What a stop at a number that is not finite left, unless the run has gone on since. */
function nonFiniteStep(path: string, lastStep: number): ReportedRun['nonFinite'] {
  const file = nonFinitePath(path, lastStep);
  if (!existsSync(file)) return undefined;
  const { videos } = JSON.parse(readFileSync(file, 'utf8')) as { videos: string[] };
  return { step: lastStep, videos };
}

async function listVideos(plan: PretrainingPlan): Promise<ReportedRun['videos']> {
  try {
    return (await plan.readVideos()).flatMap(({ videos }) => videos);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

function warningsOf(metrics: readonly StepMetrics[]): TrainingWarning[] {
  const watch = new CollapseWatch();
  return metrics.flatMap((step) => watch.add(step));
}
