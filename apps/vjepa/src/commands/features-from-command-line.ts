import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import {
  decoderLine,
  defaultBatch,
  everySample,
  type FeatureExtractor,
  featureExtractor,
  fileIdentity,
  isNpy,
  listBeside,
  loadedFeatures,
  MOST_SAFETENSORS_BYTES,
  otherUnfinished,
  parametersDigest,
  tokensOf,
  UnfinishedFeatures,
  unfinishedFolder,
  writeFeatureFile,
} from '@vjepa/evaluation';
import { lockFolder, makeFolder } from '@vjepa/training';
import { type ClipLoaderOptions, chooseDecoder, createClipLoader } from '@vjepa/video';
import { type EncoderConfig, encoderConfig } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError, reasonOf } from '../command-error.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine, type Precision } from '../engine/engine.js';
import { type InputFile, type InputKind, inputFiles } from '../features/input-files.js';
import { invocation } from '../invocation.js';
import { noticeOnStop } from '../run/stop-notice.js';

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
  /** How long an outage of a server or disk is waited for. Default: as `createClipLoader` has it. */
  patienceMs?: number;
  json?: boolean;
}

/** Runs `vjepa features`: frozen features of videos or pictures, into one safetensors or .npy file. */
export async function featuresFromCommandLine(options: FeaturesCommandOptions): Promise<void> {
  const numHeads = options.numHeads ?? (options.model === undefined ? undefined : named(options.model).numHeads);
  const model = await pretrainedModel({ ...options, numHeads });
  const inputs = await inputFiles(options.input, options);
  const { kind } = inputs;
  const files = inputs.files.map((file) => ({ ...file, identity: fileIdentity(file.path) }));
  const encoder = encoderOf(options, model);
  if (statSync(options.output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`${options.output}: is a folder; name the file to write with --output`);
  }
  const { parameters, notes } = await loadEncoder(model.checkpoint, encoder, model.key);
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  const clips = clipsOf(options, kind, model, encoder);
  const fileShape = shapeOfFile(options, encoder, clips);
  checkSize(options, files.length, fileShape);

  const engine = await openEngine({ ...options, bfloat16Setting: '--precision bfloat16' });
  process.stderr.write(`${engine.description}\n`);
  const { decoder } = kind === 'video' ? await chooseDecoder(options.decoder) : { decoder: undefined };
  if (kind === 'video') process.stderr.write(`${await decoderLine(options.decoder)}\n`);
  const { pool } = options;
  const { precision, backend } = engine;
  const weights = parametersDigest(parameters);
  const computed = { precision, backend, ...(options.fusedAttention && { fusedAttention: true }) };
  const key = digest({ format: 1, weights, encoder, clips, pool, ...computed, decoder });
  const unfinished = unfinishedFolder(options.output, key);
  const remedy = 'choose another place with --output';
  makeFolder(unfinished, remedy);
  using _notice = noticeOnStop(() => `go on with: ${invocation()}`);
  using _lock = await lockFolder(unfinished, { purpose: 'an extraction of features', remedy });
  const store = new UnfinishedFeatures(unfinished, lengthOf(fileShape));
  for (const other of otherUnfinished(options.output, unfinished)) {
    process.stderr.write(`note: ${other} holds what is done of an extraction with other settings\n`);
  }
  const extractor = featureExtractor({
    engine,
    encoder,
    parameters,
    frames: clips.clip.framesPerClip,
    pool,
    // A file's clips pass a device by themselves, so that its features do not depend on what comes with it.
    batchSize: engine.devices * Math.min(clips.perFile, defaultBatch(encoder, clips.clip.framesPerClip)),
  });
  let leftOut: LeftOut[];
  try {
    leftOut = await extract(options, files, { clips, together: engine.devices }, extractor, store);
  } catch (error) {
    if (store.length === 0) store.remove();
    throw error;
  } finally {
    extractor.dispose();
  }
  const good = files.filter(({ identity }) => store.has(identity));
  const unreached = leftOut.filter(({ passing }) => passing);
  if (good.length === 0) {
    if (unreached.length === 0) store.remove();
    else store.close();
    const more = leftOut.length > 1 ? `; none of the ${leftOut.length} files can be read` : '';
    throw new CommandError(`${leftOut[0]!.reason}${more}`);
  }
  const shape = inputs.single ? fileShape : [good.length, ...fileShape];
  const about = {
    files: good.map(({ name }) => name),
    frame_indices: good.map(({ identity }) => store.frames(identity)),
    left_out: leftOut.map(({ name, reason }) => ({ file: name, reason })),
    checkpoint: model.checkpoint,
    model: model.description,
    ...(inputs.classNames ? { class_names: inputs.classNames } : {}),
  };
  await writeFeatureFile(options.output, {
    shape,
    rows: {
      *[Symbol.iterator]() {
        for (const { identity } of good) yield store.features(identity);
      },
    },
    labels: good.some(({ label }) => label >= 0) ? Int32Array.from(good, ({ label }) => label) : undefined,
    about,
  });
  say(options, kind, shape, about);
  if (unreached.length === 0) {
    store.remove();
    return;
  }
  store.close();
  throw new CommandError(
    `${unreached.length} of ${files.length} files could not be reached or took too long, twice, and may be readable at ` +
      `another time: the same command takes the others from ${unfinished} and tries again`,
  );
}

type IdentifiedFile = InputFile & { identity: string };

interface LeftOut {
  name: string;
  reason: string;
  /** Whether that says nothing about the file: an outage, a disk's or a server's failure. */
  passing: boolean;
}

interface ExtractionPlan {
  clips: ClipsOfFile;
  /** Files that pass the encoder at once, each on a device of its own. */
  together: number;
}

/** Adds what is not there yet to the store; returns the files that cannot be read, after a second try where it may help. */
async function extract(
  options: FeaturesCommandOptions,
  files: readonly IdentifiedFile[],
  plan: ExtractionPlan,
  extractor: FeatureExtractor,
  store: UnfinishedFeatures,
): Promise<LeftOut[]> {
  const distinct = [...new Map(files.map((file) => [file.identity, file])).values()];
  const wanted = distinct.filter(({ identity }) => !store.has(identity));
  if (store.length > 0) {
    const done = files.filter(({ identity }) => store.has(identity)).length;
    process.stderr.write(`going on: ${done} of ${files.length} files are done\n`);
  }
  const first = await extractOnce(options, wanted, plan, extractor, store);
  const again = wanted.filter(({ identity }) => first.get(identity)?.passing);
  const second = await extractOnce(options, again, plan, extractor, store);
  return wanted.flatMap(({ identity }) => (store.has(identity) ? [] : (second.get(identity) ?? first.get(identity)!)));
}

/** Adds the features of files to the store; returns the failures by file. */
async function extractOnce(
  options: FeaturesCommandOptions,
  wanted: readonly IdentifiedFile[],
  { clips, together }: ExtractionPlan,
  extractor: FeatureExtractor,
  store: UnfinishedFeatures,
): Promise<Map<string, LeftOut>> {
  const failed = new Map<string, LeftOut>();
  if (wanted.length === 0) return failed;
  const loader = createClipLoader({
    videos: wanted,
    clip: clips.clip,
    transform: clips.transform,
    decoder: options.decoder,
    workers: options.workers,
    onBadVideo: 'report',
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const progress = wanted.length > 1 ? createTaskProgress({ total: wanted.length, unit: 'files' }) : undefined;
  try {
    const plan = everySample(wanted.length, together);
    const length = clips.perFile * extractor.tokens * extractor.width;
    for await (const batch of loadedFeatures(extractor, loader, plan, clips.perFile)) {
      const failures = new Map(batch.failures.map((failure) => [failure.position, failure]));
      for (const [i, { index }] of batch.requests.entries()) {
        const { identity, name } = wanted[index]!;
        const failure = failures.get(i);
        if (failure) failed.set(identity, { name, reason: failure.reason, passing: failure.passing });
        else {
          const own = batch.features.subarray(i * length, (i + 1) * length);
          store.add(identity, own, [...batch.frameIndices[i]!]);
        }
        progress?.advance(failure !== undefined);
      }
    }
  } finally {
    progress?.close();
    await loader.close();
  }
  return failed;
}

/** What each file is seen through. */
interface ClipsOfFile {
  clip: ClipLoaderOptions['clip'];
  transform: ClipLoaderOptions['transform'];
  count: number;
  views: number;
  perFile: number;
}

/** Centre clips and the evaluation transform: nothing is random. */
function clipsOf(
  options: FeaturesCommandOptions,
  kind: InputKind,
  { frameStep, clipDuration }: PretrainedModel,
  { imageSize: size, numFrames }: EncoderConfig,
): ClipsOfFile {
  if (kind === 'image') {
    const transform = { kind: 'image-evaluation', size } as const;
    return { clip: { framesPerClip: 1 }, transform, count: 1, views: 1, perFile: 1 };
  }
  const { clips: count, views } = options;
  return {
    clip: {
      framesPerClip: numFrames,
      frameStep: options.frameStep ?? frameStep,
      ...(clipDuration === null || options.frameStep !== undefined ? {} : { duration: clipDuration }),
      clips: count,
      placement: 'center',
      allowOverlap: true,
    },
    transform: { kind: 'evaluation', size, views },
    count,
    views,
    perFile: count * views,
  };
}

/** [D] or [N, D], behind [K, V] where there is more than one clip or view. */
function shapeOfFile(
  { pool }: FeaturesCommandOptions,
  encoder: EncoderConfig,
  { clip, count, views, perFile }: ClipsOfFile,
): number[] {
  const { embedDim } = encoder;
  const one = pool === 'mean' ? [embedDim] : [tokensOf(encoder, clip.framesPerClip), embedDim];
  return perFile > 1 ? [count, views, ...one] : one;
}

function checkSize({ input, output }: FeaturesCommandOptions, files: number, fileShape: readonly number[]): void {
  if (isNpy(output) || 4 * lengthOf(fileShape) * files <= MOST_SAFETENSORS_BYTES) return;
  throw new CommandError(
    `${input.join(', ')}: the features of ${files} files, [${fileShape}] each, would take more than 2 GiB in a ` +
      'safetensors file; give --pool mean, an --output that ends in .npy, or parts of the files',
  );
}

function say(
  { output, json }: FeaturesCommandOptions,
  kind: InputKind,
  shape: readonly number[],
  { files, left_out: leftOut }: { files: string[]; left_out: { file: string; reason: string }[] },
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

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A short name for everything but the files that decides the features. */
function digest(settings: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);
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
  const { patchSize: patch, tubeletSize: tubelet } = {
    patchSize: patchSize ?? encoder.patchSize,
    tubeletSize: tubeletSize ?? encoder.tubeletSize,
  };
  // What is left over would be decoded, listed and never seen.
  requireMultiple('--resolution', imageSize, 'patch', patch);
  if (numFrames !== 1) requireMultiple('--frames', numFrames, 'tubelet', tubelet);
  try {
    return encoderConfig(model ?? 'vit_large', {
      ...encoder,
      embedDim: options.embedDim ?? sizes.embedDim,
      depth: options.depth ?? sizes.depth,
      numHeads: options.numHeads ?? sizes.numHeads,
      mlpRatio: sizes.mlpRatio,
      imageSize: imageSize ?? encoder.imageSize,
      numFrames: numFrames ?? encoder.numFrames,
      patchSize: patch,
      tubeletSize: tubelet,
    });
  } catch (error) {
    throw new CommandError(`the encoder cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

function requireMultiple(option: string, value: number | undefined, part: 'patch' | 'tubelet', size: number): void {
  if (value === undefined || value % size === 0) return;
  const unit = part === 'patch' ? 'pixels' : 'frames';
  throw new CommandError(`${option} ${value}: expected a multiple of ${size}, the ${unit} of a ${part}`);
}
