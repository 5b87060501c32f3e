import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type MovingShapesFolder, writeMovingShapes } from '@vjepa/benchmarks';
import type { FloatTensor } from '@vjepa/engine';
import {
  describeResults,
  FRACTIONS,
  fullExperiment,
  LABEL_KINDS,
  type LabelKind,
  type ResultCell,
  ResultCells,
  type ResultsSettings,
  resultsVideos,
  smokeExperiment,
  WorkClock,
  withSection,
} from '@vjepa/evaluation';
import { mersenneTwister } from '@vjepa/random';
import { lockFolder, makeFolder, writeFileAtomically } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { initializeEncoder } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { CommandError } from '../command-error.js';
import { runPretraining } from '../commands/run-pretraining.js';
import { frozenEncoder } from '../config/evaluation-plan.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { evaluateConfig } from '../evaluate/evaluate-config.js';
import { fineTuneConfig } from '../evaluate/fine-tune-config.js';
import { resultsEvaluation, resultsFineTuning, resultsPretraining } from './results-settings.js';

export interface ResultsOptions extends EngineOptions {
  output: string;
  folder: string;
  smoke?: boolean;
  seeds?: number;
  pretrainSteps?: number;
}

/**
 * The generated benchmark from beginning to end: videos, pretraining, frozen probes, fine-tuning, and a table in a
 * document. Everything is kept in the folder: what was stopped goes on where it was.
 */
export async function results(options: ResultsOptions): Promise<void> {
  const given = { seeds: options.seeds, pretrainSteps: options.pretrainSteps };
  const settings = { ...(options.smoke ? smokeExperiment : fullExperiment), ...defined(given) };
  makeFolder(options.folder, 'choose another with --folder');
  using _lock = await lockFolder(options.folder, {
    purpose: 'a benchmark',
    say: (line) => process.stderr.write(`${line}\n`),
  });
  claimFolder(options.folder, settings);
  const clock = new WorkClock(join(options.folder, 'time.json'));
  const say = (line: string) => {
    clock.save();
    process.stderr.write(`${clock.minutes().toFixed(1).padStart(5)} min  ${line}\n`);
  };
  try {
    const { videos, cells } = await measureAll(options, settings, say);
    const engine = await openEngine(options);
    const section = describeResults({
      settings,
      cells: cells.all.filter(({ seed }) => seed < settings.seeds),
      classes: { appearance: videos.classNames.appearance!.length, motion: videos.classNames.motion!.length },
      engine: engine.description.replace(/^engine: /, ''),
      minutes: clock.minutes(),
      othersShare: clock.othersShare(),
      command: `vjepa results${options.smoke ? ' --smoke' : ''}`,
    });
    makeFolder(dirname(options.output), 'choose another with --output');
    const document = existsSync(options.output) ? readFileSync(options.output, 'utf8') : '';
    writeFileAtomically(options.output, withSection(document, section));
    process.stdout.write(`${section}\nwritten to ${options.output}\n`);
  } finally {
    clock.save();
  }
}

async function measureAll(options: ResultsOptions, settings: ResultsSettings, say: (line: string) => void) {
  say('videos');
  const videos = await writeMovingShapes(join(options.folder, 'videos'), resultsVideos(settings), {
    encode: encodeVideo,
    concurrency: 2,
  });
  const cells = new ResultCells(join(options.folder, 'cells.json'));
  for (let seed = 0; seed < settings.seeds; seed++) {
    const run = await pretrained(options, settings, videos, seed, say);
    for (const encoder of ['random', 'pretrained'] as const) {
      const parameters = await encoderParameters(settings, videos, run, encoder, seed);
      const context = { options, settings, videos, cells, run, encoder, parameters, seed, say };
      for (const label of LABEL_KINDS) {
        await probe(context, label, 'attentive');
        await probe(context, label, 'average');
        await tune(context, label);
      }
    }
  }
  return { videos, cells };
}

interface Context {
  options: ResultsOptions;
  settings: ResultsSettings;
  videos: MovingShapesFolder;
  cells: ResultCells;
  run: string;
  encoder: ResultCell['encoder'];
  parameters: Record<string, FloatTensor>;
  seed: number;
  say: (line: string) => void;
}

/** Pretrains with a seed, or goes on with it. @returns the run folder */
async function pretrained(
  options: ResultsOptions,
  settings: ResultsSettings,
  videos: MovingShapesFolder,
  seed: number,
  say: (line: string) => void,
): Promise<string> {
  const run = join(options.folder, `pretrain-seed-${seed}`);
  const config = resultsPretraining(settings, videos.indexes.train!.joint!, run, seed);
  const { exitCode } = await runPretraining({
    config,
    run,
    existing: existsSync(join(run, 'config.yaml')) ? 'resume' : 'refuse',
    engine: options,
    print: (line) => say(`pretraining, seed ${seed}: ${line}`),
  });
  if (exitCode !== 0) throw new CommandError('stopped; the same command goes on', { exitCode });
  return run;
}

async function encoderParameters(
  settings: ResultsSettings,
  videos: MovingShapesFolder,
  run: string,
  encoder: ResultCell['encoder'],
  seed: number,
): Promise<Record<string, FloatTensor>> {
  const probe = { pooling: 'attentive', fraction: 1, seed } as const;
  const evaluation = resultsEvaluation(settings, setsOf(videos, 'motion'), run, probe);
  const config = frozenEncoder(evaluation);
  if (encoder === 'random') return initializeEncoder(config, mersenneTwister(seed));
  return (await loadEncoder(join(run, evaluation.pretrain.checkpoint), config, 'target_encoder')).parameters;
}

function setsOf({ indexes, classNames }: MovingShapesFolder, label: LabelKind) {
  const [train, validation, test] = [indexes.train![label]!, indexes.val![label]!, indexes.test![label]!];
  return { train, validation, test, classes: classNames[label]!.length };
}

/** Frozen probes on every share of the labels. */
async function probe(context: Context, label: LabelKind, pooling: 'attentive' | 'average'): Promise<void> {
  const { options, settings, videos, cells, run, encoder, parameters, seed, say } = context;
  for (const fraction of FRACTIONS) {
    const key = { encoder, method: `${pooling} probe`, label, fraction, seed } as const;
    if (cells.has(key)) continue;
    const { trainings } = await evaluateConfig({
      config: resultsEvaluation(settings, setsOf(videos, label), run, { pooling, fraction, seed }),
      run: join(options.folder, 'probes', `${encoder}-${pooling}-${label}-${fraction}-${seed}`),
      cache: join(options.folder, 'features'),
      existing: 'overwrite',
      allowMissing: 0,
      engine: options,
      parameters,
      print: () => {},
    });
    const [{ probes, chosen }] = trainings as [(typeof trainings)[number]];
    const { learningRate, trainTop1, validation, test } = probes[chosen]!;
    cells.add({ ...key, top1: test!.top1 });
    say(
      `seed ${seed}, ${encoder}, ${key.method}, ${label}, ${100 * fraction} % of the labels: ${test!.top1.toFixed(1)} ` +
        `(training ${trainTop1.toFixed(1)}, validation ${validation!.top1.toFixed(1)}, learning rate ${learningRate})`,
    );
  }
}

/** End-to-end training on all labels. */
async function tune(context: Context, label: LabelKind): Promise<void> {
  const { options, settings, videos, cells, run, encoder, parameters, seed, say } = context;
  const key = { encoder, method: 'fine-tuned', label, fraction: 1, seed } as const;
  if (cells.has(key)) return;
  const outcome = await fineTuneConfig({
    config: resultsFineTuning(settings, setsOf(videos, label), run, seed),
    run: join(options.folder, 'fine-tuned', `${encoder}-${label}-${seed}`),
    allowMissing: 0,
    existing: 'overwrite',
    engine: options,
    parameters,
    print: () => {},
  });
  // Nobody has asked it to stop.
  if (outcome.stopped) throw new CommandError('stopped; the same command goes on');
  const { validation } = outcome;
  cells.add({ ...key, top1: validation.top1 });
  say(`seed ${seed}, ${encoder}, fine-tuned, ${label}: ${validation.top1.toFixed(1)}`);
}

/** Refuses a folder with an experiment of other sizes, whose numbers would be mixed in. More seeds may be added. */
function claimFolder(folder: string, { seeds: _, ...sizes }: ResultsSettings): void {
  const path = join(folder, 'settings.json');
  const text = `${JSON.stringify(sizes, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') !== text) {
    throw new CommandError(
      `${folder}: holds an experiment of other sizes (settings.json); choose another with --folder`,
    );
  }
  writeFileAtomically(path, text);
}

function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
