import { extname } from 'node:path';
import {
  describeSurprise,
  inputFiles,
  loadPredictingModels,
  type MeasuredSurprise,
  type MeasureSurpriseOptions,
  measureSurprise,
  type PredictionMaskKind,
  predictionMask,
  surpriseJson,
  writePredictions,
  writeSurprise,
} from '@vjepa/evaluation';
import { encodePicture, surpriseFilm, surprisePicture, writeGif } from '@vjepa/pictures';
import { requireWritable, writeFileAtomically } from '@vjepa/training';
import { isVjepa2, tokenGrid } from '@vjepa/vit';
import { type ModelSource, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { planOf } from '../config/pretraining-plan.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { encoderOf } from './features-from-command-line.js';
import { OUTPUT_REMEDY } from './output-option.js';
import { requireReached } from './require-reached.js';

export interface PredictCommandOptions extends EngineOptions, ModelSource {
  predictor?: string;
  target?: string;
  predictorHeads?: number;
  targetHeads?: number;
  input: string[];
  recursive: boolean;
  mask: PredictionMaskKind;
  context: number;
  seed: number;
  maskIndex?: number;
  positions: 'clip' | 'published';
  resolution?: number;
  frames?: number;
  frameStep?: number;
  every?: number;
  output?: string;
  features?: string;
  picture?: string;
  decoder: NonNullable<MeasureSurpriseOptions['decoder']>;
  json?: boolean;
}

/** Most frames in a picture, and in a film; side of a frame in pixels. */
const COLUMNS = 16;
const FILM = 240;
const SIDE = 160;
const FILM_RATE = 4;

/** Runs `vjepa predict`: how surprising videos are, as numbers, features and a picture. */
export async function predictFromCommandLine(options: PredictCommandOptions): Promise<void> {
  const { output, features, picture, decoder, positions, frameStep } = options;
  const model = await pretrainedModel(options);
  const { files } = await inputFiles(options.input, { recursive: options.recursive, kind: 'video' });
  if (picture !== undefined && files.length > 1) {
    throw new CommandError(
      `--picture ${picture}: is of one video, and there are ${files.length}; name one with --input`,
    );
  }
  for (const path of [output, features, picture]) if (path !== undefined) requireWritable(path, OUTPUT_REMEDY);
  const encoder = encoderOf(options, model, 'video');
  const { notes, ...models } = await loadPredictingModels(model.checkpoint, {
    ...{ encoder, key: model.key, predictor: options.predictor, target: options.target },
    numHeads: options.numHeads,
    targetHeads: options.targetHeads,
    predictorHeads: options.predictorHeads ?? (model.config && planOf(model.config).predictor.numHeads),
  });
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  const { mask, maskIndex } = predictionMask(tokenGrid(encoder), { ...options, kind: options.mask });
  // What V-JEPA 2 trains where all clips have one length, and what its published predictors are asked by.
  const usualIndex = isVjepa2(encoder) ? (model.config === undefined ? 1 : 0) : maskIndex;
  const measured = await measureSurprise({
    ...{ ...models, mask, maskIndex: options.maskIndex ?? usualIndex, positions, files, decoder },
    engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
    frameStep: frameStep ?? model.frameStep,
    duration: frameStep === undefined ? (model.clipDuration ?? undefined) : undefined,
    shift: options.every,
    keepFeatures: features !== undefined,
    pictures: picture === undefined ? 0 : isFilm(picture) ? FILM : COLUMNS,
    log: (line) => process.stderr.write(`${line}\n`),
    begin: createTaskProgress,
  });
  const about = { checkpoint: model.checkpoint, model: model.description, mask: options.mask };
  if (output !== undefined) writeSurprise(output, measured, about);
  if (features !== undefined) await writePredictions(features, measured, about);
  if (picture !== undefined) await draw(picture, measured);
  say(options, measured);
  requireReached(measured.leftOut.filter(({ passing }) => passing).length, files.length);
}

/** One line for each video, or JSON. */
function say({ json }: PredictCommandOptions, measured: MeasuredSurprise): void {
  for (const { reason } of measured.leftOut) process.stderr.write(`left out: ${reason}\n`);
  const lines = measured.videos.map((video) => `${describeSurprise(video)}\n`).join('');
  process.stdout.write(json ? surpriseJson(measured) : lines);
}

async function draw(path: string, { videos, grid }: MeasuredSurprise): Promise<void> {
  const shown = { ...videos[0]!, grid };
  const patchPixels = Math.ceil(SIDE / grid.width);
  if (isFilm(path)) await writeGif(path, surpriseFilm(shown, patchPixels), FILM_RATE);
  else writeFileAtomically(path, await encodePicture(path, surprisePicture(shown, patchPixels)));
}

function isFilm(path: string): boolean {
  return extname(path).toLowerCase() === '.gif';
}
