import { dirname } from 'node:path';
import { writeSafetensors } from '@vjepa/checkpoints';
import { type ClipLoaderOptions, createClipLoader } from '@vjepa/video';
import { type EncoderConfig, encoderConfig } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError, reasonOf } from '../command-error.js';
import { decoderLine } from '../data/decoder-line.js';
import { type EngineOptions, openEngine, type Precision } from '../engine/engine.js';
import { makeFolder } from '../run/make-folder.js';
import { featureExtractor } from './feature-extractor.js';
import { type InputFiles, inputFiles } from './input-files.js';

export interface FeaturesCommandOptions extends EngineOptions {
  run?: string;
  checkpoint?: string;
  checkpointKey?: string;
  /** Sizes that the encoder is expected to have; default: those it has. */
  model?: string;
  input: string;
  output: string;
  /** The clip, and sizes that differ from the named model's. */
  resolution?: number;
  frames?: number;
  patchSize?: number;
  tubeletSize?: number;
  embedDim?: number;
  depth?: number;
  numHeads?: number;
  frameStep?: number;
  clips: number;
  views: number;
  pool: 'none' | 'mean';
  precision: Precision;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  workers: number;
  json?: boolean;
}

const mostBytes = 2 ** 31;

/** Runs `vjepa features`: frozen features of a video, a picture, or all of a folder, into one safetensors file. */
export async function featuresFromCommandLine(options: FeaturesCommandOptions): Promise<void> {
  const files = inputFiles(options.input);
  const numHeads = options.numHeads ?? (options.model === undefined ? undefined : named(options.model).numHeads);
  const model = await pretrainedModel({ ...options, numHeads });
  const encoder = encoderOf(options, model);
  makeFolder(dirname(options.output), 'choose another place with --output');
  const { parameters, notes } = await loadEncoder(model.checkpoint, encoder, model.key);
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  const clips = files.kind === 'image' ? { frames: 1, count: 1, views: 1 } : clipsOf(options, encoder);
  const engine = await openEngine(options);
  process.stderr.write(`${engine.description}\n`);
  if (files.kind === 'video') process.stderr.write(`${await decoderLine(options.decoder)}\n`);

  const extractor = featureExtractor({ engine, encoder, parameters, frames: clips.frames });
  const loader = openLoader(options, files, model, encoder, clips);
  const perFile = clips.count * clips.views;
  const { tokens, width } = extractor;
  const fileShape = options.pool === 'mean' ? [width] : [tokens, width];
  if (perFile > 1) fileShape.unshift(clips.count, clips.views);
  const fileLength = fileShape.reduce((product, length) => product * length, 1);
  if (4 * fileLength * files.paths.length > mostBytes) {
    throw new CommandError(
      `${options.input}: the features of ${files.paths.length} files, [${fileShape}] each, would take more than 2 GiB; ` +
        'give --pool mean, or parts of the folder',
    );
  }
  const features = new Float32Array(fileLength * files.paths.length);
  const seen: number[][] = [];
  try {
    const plan = files.paths.map((_, index) => [{ index, epoch: 0, draw: index }]);
    for await (const batch of loader.batches(plan)) {
      const values = await extractor.extract(batch.clips as Uint8Array, perFile);
      batch.release();
      const pooled = options.pool === 'mean' ? meanOverTokens(values, tokens, width) : values;
      features.set(pooled, fileLength * seen.length);
      seen.push([...batch.frameIndices[0]!]);
    }
  } finally {
    extractor.dispose();
    await loader.close();
  }
  const shape = files.paths.length === 1 && isOneFile(options, files) ? fileShape : [files.paths.length, ...fileShape];
  await writeSafetensors(options.output, { features: { shape, data: features } }, metadataOf(model, files, seen));
  const text = options.json
    ? JSON.stringify({ output: options.output, shape, files: files.names })
    : `${options.output}: features [${shape.join(', ')}] of ${files.names.length} ${files.kind}${files.names.length === 1 ? '' : 's'}`;
  process.stdout.write(`${text}\n`);
}

function isOneFile({ input }: FeaturesCommandOptions, { paths }: InputFiles): boolean {
  return paths[0] === input;
}

function named(model: string): EncoderConfig {
  try {
    return encoderConfig(model);
  } catch (error) {
    throw new CommandError(`--model ${model}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The checkpoint's encoder, or as far as sizes are named, the one named, which the checkpoint must then hold. */
function encoderOf(options: FeaturesCommandOptions, { encoder }: PretrainedModel): EncoderConfig {
  const { model, resolution: imageSize, frames: numFrames, patchSize, tubeletSize } = options;
  const sizes = model === undefined ? encoder : named(model);
  try {
    return encoderConfig(model ?? 'vit_large', {
      ...encoder,
      embedDim: options.embedDim ?? sizes.embedDim,
      depth: options.depth ?? sizes.depth,
      numHeads: options.numHeads ?? sizes.numHeads,
      mlpRatio: sizes.mlpRatio,
      imageSize: imageSize ?? encoder.imageSize,
      numFrames: numFrames ?? encoder.numFrames,
      patchSize: patchSize ?? encoder.patchSize,
      tubeletSize: tubeletSize ?? encoder.tubeletSize,
    });
  } catch (error) {
    throw new CommandError(`the encoder cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

function clipsOf({ clips: count, views }: FeaturesCommandOptions, encoder: EncoderConfig) {
  return { frames: encoder.numFrames, count, views };
}

/** Centre clips and the evaluation transform: nothing is random. */
function openLoader(
  options: FeaturesCommandOptions,
  files: InputFiles,
  { frameStep, clipDuration }: PretrainedModel,
  encoder: EncoderConfig,
  { count: clips, views }: { count: number; views: number },
) {
  const size = encoder.imageSize;
  return createClipLoader({
    videos: files.paths.map((path) => ({ path, label: 0 })),
    clip:
      files.kind === 'image'
        ? { framesPerClip: 1 }
        : {
            framesPerClip: encoder.numFrames,
            frameStep: options.frameStep ?? frameStep,
            ...(clipDuration === null || options.frameStep !== undefined ? {} : { duration: clipDuration }),
            clips,
            placement: 'center',
            allowOverlap: true,
          },
    transform: files.kind === 'image' ? { kind: 'image-evaluation', size } : { kind: 'evaluation', size, views },
    decoder: options.decoder,
    workers: options.workers,
    onBadVideo: 'error',
  });
}

/** [n, N, D] -> [n, D] */
function meanOverTokens(values: Float32Array, tokens: number, width: number): Float32Array {
  const rows = values.length / (tokens * width);
  const means = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let d = 0; d < width; d++) {
      let sum = 0;
      for (let t = 0; t < tokens; t++) sum += values[(row * tokens + t) * width + d]!;
      means[row * width + d] = sum / tokens;
    }
  }
  return means;
}

function metadataOf(
  { checkpoint, description }: PretrainedModel,
  files: InputFiles,
  seen: number[][],
): Record<string, string> {
  return {
    files: JSON.stringify(files.names),
    frame_indices: JSON.stringify(seen),
    checkpoint,
    model: description,
  };
}
