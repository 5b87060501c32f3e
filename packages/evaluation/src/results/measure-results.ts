import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type MovingShapesFolder, writeMovingShapes } from '@vjepa/benchmarks';
import type { Engine, FloatTensor } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { createRunLog } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { initializeEncoder } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { evaluate } from '../evaluate/evaluate.js';
import { planEvaluation } from '../evaluate/evaluation-plan.js';
import type { LabelledVideos } from '../evaluate/labelled-set.js';
import { fineTune } from '../finetune/fine-tune.js';
import { planFineTuning } from '../finetune/fine-tuning-plan.js';
import { type ResultCell, ResultCells } from './result-cells.js';
import {
  FRACTIONS,
  LABEL_KINDS,
  type LabelKind,
  type ResultsSettings,
  type ResultsTask,
  resultsEvaluation,
  resultsFineTuning,
  resultsVideos,
} from './results-settings.js';

/** The encoder of a pretraining, and the clips it was trained with. */
export type PretrainedForResults = Pick<ResultsTask, 'encoder' | 'checkpoint' | 'frameStep'>;

/** What `measureResults` takes. */
export interface MeasureResultsOptions {
  /** Videos, runs and numbers; what was stopped goes on from here. */
  folder: string;
  settings: ResultsSettings;
  /** Opens what computes, in float32, once for each probe and fine-tuning. */
  engine: () => Promise<Engine>;
  /** Pretrains on the videos of a list into a folder, or goes on there. */
  pretrain: (list: string, folder: string, seed: number) => Promise<PretrainedForResults>;
  /** Told what is done, and what each number is. */
  say: (line: string) => void;
}

/** The generated benchmark in numbers. */
export interface MeasuredResults {
  cells: readonly ResultCell[];
  classes: Record<LabelKind, number>;
}

/**
 * The generated benchmark from beginning to end: videos, pretraining, frozen probes on every share of the labels,
 * fine-tuning, each with the pretrained encoder and with random weights. A number that is in the folder is not measured
 * again.
 */
export async function measureResults(options: MeasureResultsOptions): Promise<MeasuredResults> {
  const { folder, settings, pretrain, say } = options;
  say('videos');
  const written = { encode: encodeVideo, concurrency: 2 };
  const videos = await writeMovingShapes(join(folder, 'videos'), resultsVideos(settings), written);
  const cells = new ResultCells(join(folder, 'cells.json'));
  for (let seed = 0; seed < settings.seeds; seed++) {
    const run = join(folder, `pretrain-seed-${seed}`);
    const pretrained = await pretrain(videos.indexes.train!.joint!, run, seed);
    for (const encoder of ['random', 'pretrained'] as const) {
      const parameters = await parametersOf(encoder, pretrained, seed);
      const context = { options, videos, cells, pretrained, encoder, parameters, seed };
      for (const label of LABEL_KINDS) {
        await probe(context, label, 'attentive');
        await probe(context, label, 'average');
        await tune(context, label);
      }
    }
  }
  const { appearance, motion } = videos.classNames;
  return { cells: cells.all, classes: { appearance: appearance!.length, motion: motion!.length } };
}

interface Context {
  options: MeasureResultsOptions;
  videos: MovingShapesFolder;
  cells: ResultCells;
  pretrained: PretrainedForResults;
  encoder: ResultCell['encoder'];
  parameters: Record<string, FloatTensor>;
  seed: number;
}

async function parametersOf(
  which: ResultCell['encoder'],
  { encoder, checkpoint }: PretrainedForResults,
  seed: number,
): Promise<Record<string, FloatTensor>> {
  if (which === 'random') return initializeEncoder(encoder, mersenneTwister(seed));
  return (await loadEncoder(checkpoint, encoder, { key: 'target_encoder' })).parameters;
}

/** Frozen probes on every share of the labels. */
async function probe(context: Context, label: LabelKind, pooling: 'attentive' | 'average'): Promise<void> {
  const { options, cells, encoder, parameters, seed } = context;
  const task = { ...context.pretrained, data: labelled(context.videos, label), seed };
  for (const fraction of FRACTIONS) {
    const key = { encoder, method: `${pooling} probe`, label, fraction, seed } as const;
    if (cells.has(key)) continue;
    const name = join('probes', `${encoder}-${pooling}-${label}-${fraction}-${seed}`);
    const { trainings } = await evaluate({
      plan: planEvaluation(resultsEvaluation(options.settings, task, pooling, fraction)),
      cache: join(options.folder, 'features'),
      parameters,
      ...begun(options, name),
    });
    const [{ probes, chosen }] = trainings as [(typeof trainings)[number]];
    const { learningRate, trainTop1, validation, test } = probes[chosen]!;
    cells.add({ ...key, top1: test!.top1 });
    options.say(
      `seed ${seed}, ${encoder}, ${key.method}, ${label}, ${100 * fraction} % of the labels: ${test!.top1.toFixed(1)} ` +
        `(training ${trainTop1.toFixed(1)}, validation ${validation!.top1.toFixed(1)}, learning rate ${learningRate})`,
    );
  }
}

/** End-to-end training on all labels. */
async function tune(context: Context, label: LabelKind): Promise<void> {
  const { options, videos, cells, encoder, parameters, seed } = context;
  const key = { encoder, method: 'fine-tuned', label, fraction: 1, seed } as const;
  if (cells.has(key)) return;
  const { test, ...rest } = labelled(videos, label);
  const task = { ...context.pretrained, data: { ...rest, validation: test }, seed };
  const outcome = await fineTune({
    plan: planFineTuning(resultsFineTuning(options.settings, task)),
    parameters,
    ...begun(options, join('fine-tuned', `${encoder}-${label}-${seed}`)),
  });
  // Nobody can have asked it to stop.
  if (outcome.stopped) throw new Error('the fine-tuning was stopped');
  const { top1 } = outcome.validation;
  cells.add({ ...key, top1 });
  options.say(`seed ${seed}, ${encoder}, fine-tuned, ${label}: ${top1.toFixed(1)}`);
}

/** A silent run that begins anew: what it has found is in the cells, and whatever lies in its folder is of one that was stopped. */
function begun({ folder, engine }: MeasureResultsOptions, name: string) {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  return { folder: path, engine, log: createRunLog({ print: () => {} }) };
}

function labelled({ indexes, classNames }: MovingShapesFolder, label: LabelKind): LabelledVideos & { test: string } {
  const [train, validation, test] = [indexes.train![label]!, indexes.val![label]!, indexes.test![label]!];
  return { kind: 'video', train, validation, test, classes: classNames[label]!.length };
}
