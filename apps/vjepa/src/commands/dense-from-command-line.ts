import { basename, extname, join, resolve } from 'node:path';
import { loadDavis, writeLabelMap } from '@vjepa/benchmarks';
import {
  type DenseBenchmark,
  type DenseProbeSettings,
  type DenseTraining,
  describeDense,
  describeTracking,
  evaluateDense,
  inputFiles,
  loadDenseProbe,
  type PropagationSettings,
  planDense,
  predictPixels,
  type TrackedVideo,
  trackObjects,
} from '@vjepa/evaluation';
import { createRunLog, requireWritable } from '@vjepa/training';
import type { FrameSize } from '@vjepa/video';
import type { Overrides } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type ModelSource, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { taskDisplay } from '../display/task-display.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { packageVersion } from '../package-version.js';
import { denseOptionName } from './dense-option-names.js';
import { existingRun } from './existing-run.js';
import { encoderOf } from './features-from-command-line.js';
import { OUTPUT_REMEDY } from './output-option.js';
import { stoppable } from './stoppable.js';

interface EncoderOptions extends EngineOptions, ModelSource {}

interface DenseOptions extends EncoderOptions {
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

export interface ShowDenseCommandOptions extends EncoderOptions {
  probe: string;
  input: string[];
  output: string;
}

/** The encoder that is named, saying what there is to say about it. */
async function frozenEncoder({ model: name, numHeads, ...source }: EncoderOptions) {
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
  const log = createRunLog({ print, nameOf: denseOptionName });
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
  if (save !== undefined) for (const video of set.videos) requireWritable(maskPlace(save, video, 0), SAVE_REMEDY);
  const engine = await openEngine({ ...options, bfloat16Setting: '--precision bfloat16' });
  process.stderr.write(`${engine.description}\n`);
  const result = await trackObjects({
    ...{ engine, encoder, parameters, set, side, layer, neighbours, lastFrames, radius, temperature },
    begin: taskDisplay().begin,
    onVideo: save === undefined ? undefined : (video) => keepMasks(save, video),
  });
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : describeTracking(result)}\n`);
}

const SAVE_REMEDY = 'name another with --save';

function maskPlace(folder: string, { name, frames }: TrackedVideo['video'], t: number): string {
  return join(folder, name, `${basename(frames[t]!, extname(frames[t]!))}.png`);
}

async function keepMasks(folder: string, { video, labels }: TrackedVideo): Promise<void> {
  for (const [t, map] of labels.entries()) await writeLabelMap(maskPlace(folder, video, t), map);
}

/** Runs `vjepa dense show`. */
export async function showDenseFromCommandLine(options: ShowDenseCommandOptions): Promise<void> {
  const { output } = options;
  const { files } = await inputFiles(options.input, { kind: 'image' });
  const places = mapPlaces(output, files);
  const denseProbe = await loadDenseProbe(options.probe);
  const { encoder, parameters } = await frozenEncoder(options);
  for (const place of places.values()) requireWritable(place, OUTPUT_REMEDY);
  const engine = await openEngine({ ...options, bfloat16Setting: '--precision bfloat16' });
  process.stderr.write(`${engine.description}\n`);
  const { begin, print } = taskDisplay();
  let pictures = 0;
  for await (const { path, name: _, values, ...size } of predictPixels({
    ...{ engine, encoder, parameters, denseProbe, files, begin },
    onLeftOut: ({ reason }) => print(`left out: ${reason}`),
  })) {
    pictures += 1;
    const place = places.get(path)!;
    const labels = values instanceof Float32Array ? Uint16Array.from(values, millimetres) : values;
    await writeLabelMap(place, { ...size, labels });
  }
  process.stdout.write(`${output}: ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}\n`);
}

const millimetres = (metres: number) => Math.min(65_535, Math.round(1000 * metres));

/**
 * Where the map of each picture goes, by its path: below the folder, whatever the picture's name leads to.
 *
 * @throws CommandError where two would go to one place, or one to that of a picture
 */
function mapPlaces(folder: string, files: readonly { path: string; name: string }[]): Map<string, string> {
  const pictures = new Set(files.map(({ path }) => resolve(path)));
  const places = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const { path, name } of files) {
    const parts = name.split(/[\\/]/).filter((part) => !['', '.', '..'].includes(part));
    const whole = join(folder, ...parts);
    const place = `${whole.slice(0, whole.length - extname(whole).length)}.png`;
    const other = pictures.has(resolve(place)) ? place : taken.get(place);
    if (other !== undefined) {
      throw new CommandError(
        `${path}: its map would be ${place}, the place of ${other}; name another folder or fewer pictures`,
      );
    }
    taken.set(place, path);
    places.set(path, place);
  }
  return places;
}
