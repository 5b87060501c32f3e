import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Engine, HostGroup } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import { InputError, lockFolder, makeFolder, OUTPUT, option, RunHosts, sentence } from '@vjepa/training';
import { type ClipLoader, chooseDecoder } from '@vjepa/video';
import { decoderLine } from '../evaluate/decoder-line.js';
import { parametersDigest } from '../evaluate/feature-cache.js';
import { openedEngine, requireFileList } from '../require-given.js';
import { clipGrid, defaultBatch } from './clip-tokens.js';
import {
  extractFiles,
  type FeaturedFile,
  type FileReadingOptions,
  type IdentifiedFile,
  loadingFiles,
  toStderr,
} from './extract-files.js';
import { type FeatureExtractor, featureExtractor } from './feature-extractor.js';
import { type FeatureExtractorOptions, requireFeatureOptions } from './feature-options.js';
import { type FileClips, type FileClipsOptions, fileClips, shapeOfFile } from './file-clips.js';
import type { LeftOut } from './left-out.js';
import { noneReadable } from './none-readable.js';
import { type LoadFeatures, SharedFeatures } from './shared-features.js';
import { fileIdentity, otherUnfinished, UnfinishedFeatures, unfinishedFolder } from './unfinished-features.js';
import { isNpy, MOST_SAFETENSORS_BYTES, writeFeatureFile } from './written-features.js';

/** What `writeFeatures` takes. */
export interface WriteFeaturesOptions
  extends FileClipsOptions,
    FileReadingOptions,
    Pick<FeatureExtractorOptions, 'parameters' | 'prefix'> {
  /** What computes, or what starts it, once the features are known to fit into the file. */
  engine: Engine | (() => Promise<Engine>);
  /** Processes that share the work with this one, the first of which writes. Default: this process alone. */
  hosts?: HostGroup | undefined;
  /** In the order of the features; labels of -1 where there are none. */
  files: readonly FeaturedFile[];
  /** A `.safetensors` or `.npy` file. */
  output: string;
  /** Whether the output is of the one file itself, and not of a list of one. Default false. */
  single?: boolean | undefined;
  /** Whatever else belongs to the features, in the file's metadata or the list beside it. */
  about?: Record<string, unknown> | undefined;
}

/** What `writeFeatures` wrote. */
export interface WrittenFeatures {
  /** Of the tensor `features`. */
  shape: number[];
  /** Names of the files that it is of. */
  files: string[];
  /** The others, and why. */
  leftOut: { file: string; reason: string }[];
  /** How many of those could not be reached, or not in time: the same call tries them again, and takes the rest as it is. */
  unreached: number;
  /** Where features lie until all are there. */
  unfinished: string;
}

/**
 * Frozen features of the middle of videos, or of pictures, into one file: nothing is random. What was stopped or killed
 * goes on with the same call: features are kept, file by file, until the output is whole. Files that cannot be read are
 * left out.
 *
 * Shapes: [M, N, D] of M files, or with `pool` [M, T', D] or [M, D]; D is L times the encoder's width with L `layers`, one
 * beside the other; [K, V] stand before a clip's own with several clips or views; M is left out where `single`. What lies
 * where is in the metadata: `grid` has T', H' and W' of the N tokens, time slowest, `layers` the blocks from 1 on, `pool`,
 * `prefix`, `encoder`.
 *
 * @throws InputError naming the option that is of the wrong kind, when the features do not fit into the file, when it
 *   cannot be written, or no file can be read
 */
export async function writeFeatures(options: WriteFeaturesOptions): Promise<WrittenFeatures> {
  requireFeatureOptions(options);
  requireFileList(options.files);
  const { encoder, parameters, output, layers, pool = 'none', prefix, size, kind = 'video', log = toStderr } = options;
  const hosts = new RunHosts(options.hosts);
  const files = options.files.map((file) => ({ ...file, identity: fileIdentity(file.path) }));
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({ subject: output, problem: sentence`is a folder; name the file to write with ${OUTPUT}` });
  }
  const clips = fileClips(options);
  const grid = clipGrid(encoder, clips.clip.framesPerClip, { size });
  const fileShape = shapeOfFile(options, grid, clips);
  requireRoom(output, files.length, fileShape);

  const engine = await openedEngine(options.engine);
  log(engine.description);
  const { decoder } = kind === 'video' ? await chooseDecoder(options.decoder) : { decoder: undefined };
  if (kind === 'video') log(await decoderLine(options.decoder));
  const { precision, backend, fusedAttention } = engine;
  const computed = { precision, backend, ...(fusedAttention && { fusedAttention }) };
  const weights = parametersDigest(parameters);
  const key = digest({
    ...{ format: 1, weights, encoder, clips, pool, ...computed, decoder },
    // What was begun before there were these goes on.
    ...(layers && { layers }),
    ...(prefix && { prefix }),
  });
  const extractor = () =>
    featureExtractor({
      engine: engine.alone ?? engine,
      encoder,
      parameters,
      frames: clips.clip.framesPerClip,
      ...{ layers, pool, prefix, size },
      // A file's clips pass a device by themselves, so that its features do not depend on what comes with it.
      batchSize: (engine.alone ?? engine).devices * Math.min(clips.perFile, defaultBatch(tokenCount(grid))),
    });
  const shared = hosts.count > 1 ? new SharedFeatures<number[], WrittenFeatures>(hosts, engine) : undefined;
  await hosts.requireSame({ 'list of files': digest({ files: files.map(({ identity }) => identity) }), settings: key });
  if (shared && !hosts.isFirst) return helpWriting(shared, options, clips, extractor());
  const unfinished = unfinishedFolder(output, key);
  const remedy = sentence`choose another place with ${OUTPUT}`;
  makeFolder(unfinished, remedy);
  using _lock = await lockFolder(unfinished, { purpose: 'an extraction of features', remedy });
  const store = new UnfinishedFeatures(unfinished, lengthOf(fileShape));
  for (const other of otherUnfinished(output, unfinished)) {
    log(`note: ${other} holds what is done of an extraction with other settings`);
  }
  const own = extractor();
  const places = new Map(files.map((file, place) => [file, place]));
  const withOthers = (some: readonly IdentifiedFile[], load: LoadFeatures) =>
    shared?.loading(
      some.map((file) => places.get(file)!),
      load,
    ) ?? load;
  let leftOut: LeftOut[];
  try {
    leftOut = await extractFiles(options, files, { clips, together: engine.devices, shared: withOthers }, own, store);
  } catch (error) {
    if (store.length === 0) store.remove();
    throw error;
  } finally {
    own.dispose();
  }
  const good = files.filter(({ identity }) => store.has(identity));
  const unreached = leftOut.filter(({ passing }) => passing).length;
  if (good.length === 0) {
    if (unreached === 0) store.remove();
    else store.close();
    throw noneReadable(leftOut);
  }
  const shape = options.single ? fileShape : [good.length, ...fileShape];
  const about = {
    files: good.map(({ name }) => name),
    frame_indices: good.map(({ identity }) => store.frames(identity)),
    left_out: leftOut.map(({ name, reason }) => ({ file: name, reason })),
    grid: [grid.depth, grid.height, grid.width],
    layers: layers ?? [encoder.depth],
    pool,
    prefix: prefix ?? false,
    encoder,
    ...options.about,
  };
  await writeFeatureFile(output, {
    shape,
    rows: {
      *[Symbol.iterator]() {
        for (const { identity } of good) yield store.features(identity);
      },
    },
    labels: good.some(({ label }) => label >= 0) ? Int32Array.from(good, ({ label }) => label) : undefined,
    about,
  });
  if (unreached === 0) store.remove();
  else store.close();
  const written = { shape, files: about.files, leftOut: about.left_out, unreached, unfinished };
  await shared?.end(written);
  return written;
}

/** Computes its part of the features that the first host writes. */
async function helpWriting(
  shared: SharedFeatures<number[], WrittenFeatures>,
  options: WriteFeaturesOptions,
  clips: FileClips,
  extractor: FeatureExtractor,
): Promise<WrittenFeatures> {
  const loaders: ClipLoader[] = [];
  try {
    return await shared.serve((places) => {
      const files = places.map((place) => options.files[place]!);
      const { loader, load } = loadingFiles(options, files, clips, extractor);
      loaders.push(loader);
      return load;
    });
  } finally {
    for (const loader of loaders) await loader.close();
    extractor.dispose();
  }
}

function requireRoom(output: string, files: number, fileShape: readonly number[]): void {
  if (isNpy(output) || 4 * lengthOf(fileShape) * files <= MOST_SAFETENSORS_BYTES) return;
  throw new InputError({
    problem: `the features of ${files} files, [${fileShape}] each, would take more than 2 GiB in a safetensors file`,
    remedy: sentence`give ${option("pool: 'mean'")} or ${option("pool: 'frames'")}, an ${OUTPUT} that ends in .npy, or parts of the files`,
    code: 'too-large',
  });
}

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A short name for everything but the files that decides the features. */
function digest(settings: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);
}
