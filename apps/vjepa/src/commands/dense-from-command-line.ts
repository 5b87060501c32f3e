import { mkdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { loadDavis, writeLabelMap } from '@vjepa/benchmarks';
import {
  type DenseBenchmark,
  type DenseProbeSettings,
  type DenseTraining,
  describeDense,
  describeTracking,
  evaluateDense,
  type PropagationSettings,
  planDense,
  type TrackedVideo,
  trackObjects,
} from '@vjepa/evaluation';
import { createRunLog } from '@vjepa/training';
import type { FrameSize } from '@vjepa/video';
import type { Overrides } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type ModelSource, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { taskDisplay } from '../display/task-display.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { existingRun } from './existing-run.js';
import { encoderOf } from './features-from-command-line.js';
import { stoppable } from './stoppable.js';

interface DenseOptions extends EngineOptions, ModelSource {
  layer?: number;
  root: string;
  json?: boolean;
}

export interface DenseProbeCommandOptions
  extends DenseOptions,
    Overrides<
      DenseProbeSettings &
        Pick<DenseTraining, 'epochs' | 'batchSize' | 'heldOut' | 'scale' | 'augment' | 'targetStride'>
    > {
  data: DenseBenchmark;
  train?: string;
  val?: string;
  resolution?: FrameSize;
  lr?: number[];
  wd?: number[];
  seed: number;
  output?: string;
  resume?: boolean;
  overwrite?: boolean;
}

export interface TrackCommandOptions extends DenseOptions, PropagationSettings {
  split: string;
  side: number;
  save?: string;
}

/** The encoder that is named, saying what there is to say about it. */
async function frozenEncoder({ model: name, numHeads, ...source }: DenseOptions) {
  const model = await pretrainedModel({ ...source, model: name, numHeads });
  const encoder = encoderOf({ model: name, numHeads }, model, 'video');
  const { parameters, notes } = await loadEncoder(model.checkpoint, encoder, model.key);
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  return { model, encoder, parameters };
}

/** Runs `vjepa dense segmentation` and `vjepa dense depth`. */
export async function denseProbeFromCommandLine(options: DenseProbeCommandOptions): Promise<void> {
  const { data: benchmark, root, train, val: validation, layer, resolution: size, seed, lr, wd } = options;
  const { norm, bins, minDepth, maxDepth, epochs, batchSize, heldOut, scale, augment, targetStride } = options;
  const { model, encoder, parameters } = await frozenEncoder(options);
  const plan = planDense({
    ...{ encoder, checkpoint: model.checkpoint, checkpointKey: model.key, layer, size, seed },
    data: { benchmark, root, train, validation },
    probe: { norm, bins, minDepth, maxDepth },
    training: { epochs, batchSize, learningRates: lr, weightDecays: wd, heldOut, scale, augment, targetStride },
  });
  const folder = options.output ?? join(model.folder, `dense_${benchmark}`);
  const { begin, print } = taskDisplay();
  const log = createRunLog({ print, nameOf: commandLineName });
  const outcome = await stoppable(join(folder, 'settings.json'), (signal) =>
    evaluateDense({
      ...{ plan, parameters, folder, existing: existingRun(options), signal, log, begin },
      engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
      version: packageVersion(),
    }),
  );
  if (outcome.stopped) return;
  const { probe, result, candidates, chosen } = outcome;
  const told = JSON.stringify({ probe, result, candidates, chosen }, null, 2);
  process.stdout.write(`${options.json ? told : `${describeDense(outcome)}\n${probe}`}\n`);
}

/** Runs `vjepa dense tracking`. */
export async function trackFromCommandLine(options: TrackCommandOptions): Promise<void> {
  const { root, split, side, layer, neighbours, lastFrames, radius, temperature, save } = options;
  const set = await loadDavis({ root, split });
  const { encoder, parameters } = await frozenEncoder(options);
  const engine = await openEngine({ ...options, bfloat16Setting: '--precision bfloat16' });
  process.stderr.write(`${engine.description}\n`);
  const result = await trackObjects({
    ...{ engine, encoder, parameters, set, side, layer, neighbours, lastFrames, radius, temperature },
    begin: taskDisplay().begin,
    onVideo: save === undefined ? undefined : (video) => keepMasks(save, video),
  });
  const lines = result.perObject.length > 0 ? describeTracking(result) : `no video of ${split} is annotated throughout`;
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : lines}\n`);
}

async function keepMasks(folder: string, { video, labels }: TrackedVideo): Promise<void> {
  mkdirSync(join(folder, video.name), { recursive: true });
  for (const [i, frame] of video.frames.entries()) {
    await writeLabelMap(join(folder, video.name, `${basename(frame, extname(frame))}.png`), labels[i]!);
  }
}
