import { join } from 'node:path';
import {
  type DecodedVideos,
  type DecoderSettings,
  type DecoderTraining,
  type DecodeVideosOptions,
  decodeVideos,
  describeDecoding,
  inputFiles,
  loadPixelDecoder,
  type PredictionMaskKind,
  planDecoder,
  trainDecoder,
} from '@vjepa/evaluation';
import { decodingFilm, decodingPicture } from '@vjepa/pictures';
import { createRunLog, requireWritable } from '@vjepa/training';
import type { ClipLoaderOptions } from '@vjepa/video';
import type { Overrides } from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { taskDisplay } from '../display/task-display.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { writePicture } from '../visualize/write-picture.js';
import { existingRun } from './existing-run.js';
import { OUTPUT_REMEDY } from './output-option.js';
import { type PredictingModelFlags, predictingModels, spacingOf } from './predicting-models.js';
import { stoppable } from './stoppable.js';

interface DecodeOptions extends EngineOptions, PredictingModelFlags {
  context?: number;
  seed: number;
  videoDecoder: NonNullable<ClipLoaderOptions['decoder']>;
  json?: boolean;
}

export interface TrainDecoderCommandOptions
  extends DecodeOptions,
    Pick<DecoderSettings, 'masks' | 'maskIndex' | 'features'>,
    Overrides<Pick<DecoderTraining, 'epochs' | 'batchSize' | 'clipsPerVideo' | 'cropScale'>> {
  data: string[];
  val?: string[];
  output?: string;
  lr?: number;
  width?: number;
  depth?: number;
  heads?: number;
  workers: number;
  resume?: boolean;
  overwrite?: boolean;
}

export interface DecodeCommandOptions extends DecodeOptions, Pick<DecodeVideosOptions, 'samples' | 'steps'> {
  decoder?: string;
  input: string[];
  output?: string;
  mask?: PredictionMaskKind;
}

/** Where a model's decoder is, beside it; side of a frame in pixels, and a film's pictures a second. */
const FOLDER = 'pixel_decoder';
const SIDE = 160;
const FILM_RATE = 8;

/** Runs `vjepa decode train`. */
export async function trainDecoderFromCommandLine(options: TrainDecoderCommandOptions): Promise<void> {
  const { model, models } = await predictingModels(options);
  const { masks, context, maskIndex, features, seed, epochs, batchSize, clipsPerVideo, cropScale, depth } = options;
  const plan = planDecoder({
    ...{
      encoder: models.encoder,
      checkpoint: model.checkpoint,
      data: { train: options.data, validation: options.val },
    },
    ...{ masks, context, maskIndex, features, seed, clips: spacingOf(options, model) },
    sizes: { embedDim: options.width, depth, numHeads: options.heads },
    training: { epochs, batchSize, clipsPerVideo, cropScale, learningRate: options.lr },
    loading: { workers: options.workers, decoder: options.videoDecoder },
  });
  const folder = options.output ?? join(model.folder, FOLDER);
  const { begin, print } = taskDisplay();
  const log = createRunLog({ print, nameOf: commandLineName });
  const outcome = await stoppable(join(folder, 'settings.json'), (signal) =>
    trainDecoder({
      ...{ plan, models: { ...models, notes: [] }, folder, existing: existingRun(options), signal, log, begin },
      engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
      version: packageVersion(),
    }),
  );
  if (outcome.stopped) return;
  const { decoder, trainLoss, validation: quality } = outcome;
  const lines = [...(quality ? [describeDecoding(`${quality.videos} videos`, quality)] : []), decoder].join('\n');
  const found = { decoder, trainLoss, validation: quality };
  process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : lines}\n`);
}

/** Runs `vjepa decode`. */
export async function decodeFromCommandLine(options: DecodeCommandOptions): Promise<void> {
  const { output, mask, context, samples, steps, seed, videoDecoder } = options;
  const { files } = await inputFiles(options.input, { kind: 'video' });
  if (output !== undefined) {
    if (files.length > 1) {
      throw new CommandError(
        `--output ${output}: is of one video, and there are ${files.length}; name one with --input`,
      );
    }
    requireWritable(output, OUTPUT_REMEDY);
  }
  const { model, models } = await predictingModels(options);
  const decoded = await decodeVideos({
    ...{ ...models, files, mask, context, samples, steps, seed, decoder: videoDecoder },
    pixelDecoder: await loadPixelDecoder(options.decoder ?? join(model.folder, FOLDER, 'decoder.safetensors')),
    engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
    log: (line) => process.stderr.write(`${line}\n`),
    begin: createTaskProgress,
  });
  if (output !== undefined) await draw(output, decoded);
  for (const { reason } of decoded.leftOut) process.stderr.write(`left out: ${reason}\n`);
  const found = decoded.videos.map(({ name, quality }) => ({ file: name, ...quality }));
  const lines = decoded.videos.map(({ name, quality }) => `${describeDecoding(name, quality)}\n`).join('');
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : lines);
}

async function draw(path: string, { videos, ...rest }: DecodedVideos): Promise<void> {
  const shown = { ...videos[0]!, ...rest };
  const patchPixels = Math.ceil(SIDE / rest.grid.width);
  const film = { pictures: () => decodingFilm(shown, patchPixels), rate: FILM_RATE };
  await writePicture(path, () => decodingPicture(shown, patchPixels), film);
}
