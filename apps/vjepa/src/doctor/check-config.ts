import { existsSync } from 'node:fs';
import type { Dataset, IndexedVideo } from '@vjepa/benchmarks';
import { runProbeSplit } from '@vjepa/evaluation';
import {
  checkpointBytes,
  learningRisks,
  mostCheckpoints,
  type PretrainingPlan,
  plannedMemory,
  readPretrainingVideos,
  type Sentence,
  summarizeModel,
} from '@vjepa/training';
import { clipFrameStep, openVideo } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { probeSettings } from '../config/probe-settings.js';
import type { EngineOptions } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { gpuMemory } from './check-engine.js';
import { checkDisk, checkMemory } from './check-machine.js';
import { checkSpeed } from './check-speed.js';
import { type Finding, note, ok, problem } from './finding.js';

/** Videos opened to see whether an index is worth its name. */
const SAMPLE_SIZE = 8;

export interface CheckConfigOptions {
  overrides: readonly Override[];
  run?: string | undefined;
  engine: EngineOptions;
  /** Whether to time the loader and the step. */
  speed: boolean;
  say: (line: string) => void;
}

/**
 * Whether the run that a config describes will work here: schema, masks, memory, disk, index, some of its videos, and
 * whether the loader feeds the step.
 */
export async function checkConfig(file: string, options: CheckConfigOptions): Promise<Finding[]> {
  let config: PretrainingConfig;
  let plan: PretrainingPlan;
  try {
    ({ config } = loadPretrainingConfig(file, options.overrides));
    plan = planOf(config);
    plan.masksAt(0);
  } catch (error) {
    return [problem('config', reasonOf(error), 'correct the file or override the key with --set')];
  }
  const gpu = options.engine.backend === 'wasm' ? undefined : await gpuMemory();
  const summary = summarizeModel(plan.settings.model, plan);
  const memory = checkMemory(plannedMemory(plan), gpu);
  const { findings, datasets } = await checkIndexes(config);
  const videos = datasets.reduce((sum, dataset) => sum + dataset.videos.length, 0);
  const checkpoints = mostCheckpoints(plan.scheduleFor(videos));
  const usable = !findings.some(({ name, status }) => name === 'index' && status === 'problem');
  return [
    ok('config', `${file}: ${summary.model}, ${summary.encoderParameters.toLocaleString('en-US')} parameters`),
    memory,
    checkDisk(options.run ?? config.logging.folder, { count: checkpoints, bytes: checkpointBytes(summary) }),
    ...findings,
    ...(usable ? checkLearning(plan, videos) : []),
    ...(await checkOthers(plan, config)),
    ...(await checkProbe(config)),
    ...(options.speed && usable ? await speed(plan, datasets, memory, options) : []),
  ];
}

async function speed(
  plan: PretrainingPlan,
  datasets: readonly Dataset[],
  memory: Finding,
  { engine, say }: CheckConfigOptions,
): Promise<Finding[]> {
  if (memory.status === 'problem') return [note('speed', 'not timed, as the model does not fit into memory')];
  return checkSpeed(plan, datasets, engine, say);
}

/** What makes it likely that the run learns little. */
function checkLearning(plan: PretrainingPlan, videos: number): Finding[] {
  const inWords = (text: Sentence) => text.inWords(commandLineName);
  return learningRisks(plan, videos).map(({ found, remedy }) => note('learning', inWords(found), inWords(remedy)));
}

/** Whether what else a step of V-JEPA 2 takes can be read: its other clips, and the file of a teacher. */
async function checkOthers({ others }: PretrainingPlan, { teacher }: PretrainingConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [index, clips] of others.entries()) {
    try {
      const videos = (await clips.readVideos()).reduce((sum, dataset) => sum + dataset.videos.length, 0);
      const what = clips.frames === 1 ? 'images' : `videos, clips of ${clips.frames} frames`;
      findings.push(ok('others', `data.others.${index}: ${videos.toLocaleString('en-US')} ${what}`));
    } catch (error) {
      findings.push(problem('others', reasonOf(error), `name what there is in data.others.${index}.datasets`));
    }
  }
  if (teacher === undefined) return findings;
  const { checkpoint } = teacher;
  const isThere = existsSync(checkpoint);
  const finding = isThere
    ? ok('teacher', checkpoint)
    : problem('teacher', `there is no ${checkpoint}`, 'name it in teacher.checkpoint');
  return [...findings, finding];
}

/** Whether the run's probe has the labels it needs; nothing for a run without one. */
async function checkProbe({ probe }: PretrainingConfig): Promise<Finding[]> {
  if (probe === null) return [];
  try {
    const split = await runProbeSplit(probeSettings(probe));
    const heldOut = split.videos.filter((video) => video.heldOut).length;
    const detail = `${split.videos.length} videos of ${split.numClasses} classes, ${heldOut} held out`;
    return [ok('probe', `${probe.dataset}: ${detail}, every ${probe.every} steps`)];
  } catch (error) {
    return [problem('probe', reasonOf(error), 'name a labelled list in probe.dataset, or leave probe out')];
  }
}

/** Findings about each index, and the videos of those that can be read, each shard by itself. */
async function checkIndexes(config: PretrainingConfig): Promise<{ findings: Finding[]; datasets: Dataset[] }> {
  const findings: Finding[] = [];
  const datasets: Dataset[] = [];
  for (const [entry, file] of config.data.datasets.entries()) {
    try {
      const parts = await readPretrainingVideos([file], { fraction: config.data.fraction, seed: config.meta.seed });
      const videos = parts.flatMap((part) => part.videos);
      for (const part of parts) datasets.push({ ...part, entry });
      findings.push(ok('index', `${file}: ${videos.length.toLocaleString('en-US')} videos`));
      findings.push(await checkSample(file, videos, config));
    } catch (error) {
      findings.push(
        problem(
          'index',
          reasonOf(error),
          'a dataset is a folder of videos, a list of them (one line "path label" each), or tar shards',
        ),
      );
    }
  }
  return { findings, datasets };
}

/** Opens a few videos, spread over the index: can they be decoded, what are they, and are they long enough for a clip? */
async function checkSample(file: string, videos: readonly IndexedVideo[], config: PretrainingConfig): Promise<Finding> {
  const { num_frames, sampling_rate, clip_duration, fps, filter_short_videos, decoder } = config.data;
  const clip = { framesPerClip: num_frames, frameStep: sampling_rate, clipRate: fps ?? undefined };
  const count = Math.min(SAMPLE_SIZE, videos.length);
  const failures: string[] = [];
  const kinds = new Map<string, number>();
  let short = 0;
  for (let i = 0; i < count; i++) {
    const { path } = videos[Math.floor((i * videos.length) / count)]!;
    try {
      const video = await openVideo(path, { decoder });
      await video.decode([0]).finally(() => video.close());
      const { codec, width, height, frames, averageRate } = video.info;
      const kind = `${codec} ${width}x${height}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (clip_duration === null && frames < num_frames * clipFrameStep(clip, averageRate)) short += 1;
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  const found = [...kinds].map(([kind, times]) => (times > 1 ? `${times} x ${kind}` : kind)).join(', ');
  if (failures.length > 0) {
    return problem(
      'videos',
      `${file}: ${failures.length} of ${count} opened cannot be decoded: ${failures.join('; ')}`,
      'vjepa validate --index FILE --output CLEAN.csv lists all and writes a clean index; or install another decoder',
    );
  }
  const opened = `${count} of ${videos.length.toLocaleString('en-US')} opened, all can be decoded: ${found}`;
  if (short === 0) return ok('videos', opened);
  return note(
    'videos',
    `${opened}; ${short} of them are shorter than a clip of ${num_frames} frames, ${fps === null ? `every ${sampling_rate}th` : `${fps} a second`}`,
    `${filter_short_videos ? 'data.filter_short_videos: false uses them, their last frame repeated' : 'their last frame is repeated'}; ` +
      `a ${fps === null ? 'smaller data.sampling_rate' : 'larger data.fps'} needs fewer frames`,
  );
}
