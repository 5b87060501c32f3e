import {
  describeSurprise,
  inputFiles,
  type MeasuredSurprise,
  type MeasureSurpriseOptions,
  measureSurprise,
  type PredictionMaskKind,
  predictionMask,
  surpriseJson,
  writePredictions,
  writeSurprise,
} from '@vjepa/evaluation';
import { surpriseFilm, surprisePicture } from '@vjepa/pictures';
import { requireWritable } from '@vjepa/training';
import { isVjepa2, tokenGrid } from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { isFilm, writePicture } from '../visualize/write-picture.js';
import { OUTPUT_REMEDY } from './output-option.js';
import { type PredictingModelFlags, predictingModels, spacingOf } from './predicting-models.js';
import { requireReached } from './require-reached.js';

export interface PredictCommandOptions extends EngineOptions, PredictingModelFlags {
  input: string[];
  recursive: boolean;
  mask: PredictionMaskKind;
  context: number;
  seed: number;
  maskIndex?: number;
  positions: 'clip' | 'published';
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
  const { output, features, picture, decoder, positions } = options;
  const { files } = await inputFiles(options.input, { recursive: options.recursive, kind: 'video' });
  if (picture !== undefined && files.length > 1) {
    throw new CommandError(
      `--picture ${picture}: is of one video, and there are ${files.length}; name one with --input`,
    );
  }
  for (const path of [output, features, picture]) if (path !== undefined) requireWritable(path, OUTPUT_REMEDY);
  const { model, models } = await predictingModels(options);
  const { encoder } = models;
  const { mask, maskIndex } = predictionMask(tokenGrid(encoder), { ...options, kind: options.mask });
  // What V-JEPA 2 trains where all clips have one length, and what its published predictors are asked by.
  const usualIndex = isVjepa2(encoder) ? (model.config === undefined ? 1 : 0) : maskIndex;
  const measured = await measureSurprise({
    ...{ ...models, mask, maskIndex: options.maskIndex ?? usualIndex, positions, files, decoder },
    engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
    ...spacingOf(options, model),
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
  const film = { pictures: () => surpriseFilm(shown, patchPixels), rate: FILM_RATE };
  await writePicture(path, () => surprisePicture(shown, patchPixels), film);
}
