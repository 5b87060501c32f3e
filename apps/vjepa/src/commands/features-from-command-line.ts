import { statSync } from 'node:fs';
import { type HostGroup, isFirstHost } from '@vjepa/engine';
import {
  type InputKind,
  inputFiles,
  isNpy,
  listBeside,
  type Pooling,
  pictureFrames,
  type WrittenFeatures,
  writeFeatures,
} from '@vjepa/evaluation';
import { InputError } from '@vjepa/training';
import type { ClipLoaderOptions, FrameSize } from '@vjepa/video';
import { type ClipEncoder, clipEncoderConfig, isVjepa2, nearestEncoderName, type Overrides } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError, reasonOf } from '../command-error.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine, type Precision } from '../engine/engine.js';
import { withHosts } from '../hosts/with-hosts.js';
import { invocation } from '../invocation.js';
import { requireReached } from './require-reached.js';
import { noticeOnStop } from './stop-notice.js';

export interface FeaturesCommandOptions extends EngineOptions {
  run?: string;
  checkpoint?: string;
  checkpointKey?: string;
  /** Sizes that the encoder is expected to have; default: those it has. */
  model?: string;
  input: string[];
  recursive: boolean;
  /** Which files to take where there are both. */
  kind?: InputKind;
  output: string;
  /** The clip, and sizes that differ from the named model's. */
  resolution?: FrameSize;
  frames?: number;
  patchSize?: number;
  tubeletSize?: number;
  embedDim?: number;
  depth?: number;
  numHeads?: number;
  frameStep?: number;
  clips: number;
  views: number;
  layers?: number[];
  pool: Pooling;
  prefix?: boolean;
  precision: Precision;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  workers: number;
  /** How long an outage of a server or disk is waited for. Default: as `createClipLoader` has it. */
  patienceMs?: number;
  json?: boolean;
}

type EncoderSizes = Overrides<
  Pick<
    FeaturesCommandOptions,
    'model' | 'resolution' | 'frames' | 'patchSize' | 'tubeletSize' | 'embedDim' | 'depth' | 'numHeads'
  >
>;

/** Runs `vjepa features`: frozen features of videos or pictures, into one safetensors or .npy file. */
export async function featuresFromCommandLine(options: FeaturesCommandOptions): Promise<void> {
  return withHosts(
    () => 'The same command goes on',
    (hosts) => extractFeatures(options, hosts),
  );
}

async function extractFeatures(options: FeaturesCommandOptions, hosts: HostGroup | undefined): Promise<void> {
  const numHeads = options.numHeads ?? (options.model === undefined ? undefined : named(options.model).numHeads);
  const model = await pretrainedModel({ ...options, numHeads });
  const inputs = await inputFiles(options.input, options);
  const { kind, files, single, classNames } = inputs;
  const encoder = encoderOf(options, model, kind);
  const { output, views, clips: segments, frameStep, resolution } = options;
  const { layers, pool, prefix, decoder, workers, patienceMs } = options;
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`${output}: is a folder; name the file to write with --output`);
  }
  const { parameters, notes } = await loadEncoder(model.checkpoint, encoder, model.key);
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  using _notice = noticeOnStop(() => `go on with: ${invocation()}`);
  const written = await writeFeatures({
    ...{
      encoder,
      parameters,
      files,
      kind,
      single,
      output,
      layers,
      pool,
      prefix,
      views,
      segments,
      decoder,
      workers,
      patienceMs,
    },
    hosts,
    engine: () => openEngine({ ...options, hosts, bfloat16Setting: '--precision bfloat16' }),
    size: typeof resolution === 'number' ? undefined : resolution,
    frameStep: frameStep ?? model.frameStep,
    duration: frameStep === undefined ? (model.clipDuration ?? undefined) : undefined,
    about: {
      checkpoint: model.checkpoint,
      model: model.description,
      ...(classNames ? { class_names: classNames } : {}),
    },
    begin: createTaskProgress,
  }).catch((error: unknown) => {
    if (!(error instanceof InputError) || error.code !== 'too-large') throw error;
    throw new CommandError(`${options.input.join(', ')}: ${reasonOf(error)}`, { cause: error });
  });
  if (!isFirstHost(hosts)) return;
  say(options, kind, written);
  const { unreached, unfinished } = written;
  requireReached(
    unreached,
    files.length,
    `, and may be readable at another time: the same command takes the others from ${unfinished} and tries again`,
  );
}

function say(
  { output, json }: FeaturesCommandOptions,
  kind: InputKind,
  { shape, files, leftOut }: Pick<WrittenFeatures, 'shape' | 'files' | 'leftOut'>,
): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ output, shape, files, left_out: leftOut })}\n`);
    return;
  }
  for (const { reason } of leftOut) process.stderr.write(`left out: ${reason}\n`);
  const bad = leftOut.length === 0 ? '' : `; ${leftOut.length} ${leftOut.length === 1 ? 'file' : 'files'} left out`;
  const beside = isNpy(output) ? `; their files in ${listBeside(output)}` : '';
  process.stdout.write(
    `${output}: features [${shape.join(', ')}] of ${files.length} ${kind}${files.length === 1 ? '' : 's'}${bad}${beside}\n`,
  );
}

function named(model: string): ClipEncoder {
  try {
    return clipEncoderConfig(model);
  } catch (error) {
    throw new CommandError(`--model ${model}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The checkpoint's encoder, or as far as sizes are named, the one named, which the checkpoint must then hold. */
export function encoderOf(options: EncoderSizes, { encoder }: PretrainedModel, kind: InputKind): ClipEncoder {
  const { model, resolution, frames: numFrames, patchSize, tubeletSize } = options;
  const sizes = model === undefined ? encoder : named(model);
  const { patchSize: patch, tubeletSize: tubelet } = {
    patchSize: patchSize ?? encoder.patchSize,
    tubeletSize: tubeletSize ?? encoder.tubeletSize,
  };
  // What is left over would be decoded, listed and never seen.
  for (const side of sidesOf(options)) requireMultiple('--resolution', side, 'patch', patch);
  if (numFrames !== 1) requireMultiple('--frames', numFrames, 'tubelet', tubelet);
  try {
    return clipEncoderConfig(model ?? nearestEncoderName(encoder), {
      ...encoder,
      ...(isVjepa2(sizes) && { normLayers: options.depth === undefined ? sizes.normLayers : undefined }),
      embedDim: options.embedDim ?? sizes.embedDim,
      depth: options.depth ?? sizes.depth,
      numHeads: options.numHeads ?? sizes.numHeads,
      mlpRatio: sizes.mlpRatio,
      imageSize: typeof resolution === 'number' ? resolution : encoder.imageSize,
      numFrames: numFrames ?? (kind === 'image' ? pictureFrames(encoder) : encoder.numFrames),
      patchSize: patch,
      tubeletSize: tubelet,
    });
  } catch (error) {
    throw new CommandError(`the encoder cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

function sidesOf({ resolution }: EncoderSizes): number[] {
  return typeof resolution === 'object'
    ? [resolution.height, resolution.width]
    : resolution === undefined
      ? []
      : [resolution];
}

function requireMultiple(option: string, value: number | undefined, part: 'patch' | 'tubelet', size: number): void {
  if (value === undefined || value % size === 0) return;
  const unit = part === 'patch' ? 'pixels' : 'frames';
  throw new CommandError(`${option} ${value}: expected a multiple of ${size}, the ${unit} of a ${part}`);
}
