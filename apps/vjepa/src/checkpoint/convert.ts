import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readClassNames } from '@vjepa/benchmarks';
import {
  CheckpointError,
  type Conversion,
  convertCheckpoint,
  type HuggingFaceOptions,
  inspectCheckpoint,
  type ModelNames,
} from '@vjepa/checkpoints';
import { recognizeCheckpoint } from '@vjepa/evaluation';
import { isRunCheckpoint, requireWritable } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { convertRunCheckpoint } from './convert-run-checkpoint.js';
import { modelFile } from './pretrained-model.js';

export interface ConvertCommandOptions {
  key?: string;
  names?: ModelNames;
  probe?: string;
  labels?: string;
  resolution?: number;
  frames?: number;
  numHeads?: number;
  predictorHeads?: number;
  isVjepa2?: true;
  overwrite?: boolean;
  json?: boolean;
}

/** Rewrites a checkpoint, or a run's newest, in the format of the destination's name and says what was written. */
export async function convert(path: string, destination: string, options: ConvertCommandOptions): Promise<void> {
  const { key, names } = options;
  const source = modelFile(path);
  if (resolve(source) === resolve(destination)) {
    throw new CommandError(`${source}: source and destination are one file`);
  }
  if (!options.overwrite && (await isTaken(destination))) {
    throw new CommandError(`${destination}: there is a file already; name another or give --overwrite`);
  }
  const isFolder = names === 'hugging-face' && !/\.(safetensors|pth\.tar|pth|pt)$/.test(destination);
  if (!isFolder) requireWritable(destination, 'name another destination');
  if (names !== undefined && key !== undefined) throw new CommandError('--names renames whole files; leave out --key');
  const { files, notes } = await written(source, destination, options, isFolder);
  const sizes = await Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file)).size })));
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const lines = [...sizes.map((size) => `${size.file}: ${size.bytes} bytes`), ...notes.map((note) => `note: ${note}`)];
  const text = options.json ? JSON.stringify({ source, destination, bytes, files, notes }) : lines.join('\n');
  process.stdout.write(`${text}\n`);
}

async function written(
  source: string,
  destination: string,
  options: ConvertCommandOptions,
  isFolder: boolean,
): Promise<Conversion> {
  const { key, names } = options;
  const asWhole = key === undefined && names === undefined;
  if (names === 'hugging-face' && (await isRunCheckpoint(source))) {
    throw new CommandError(`${source}: is of a run of V-JEPA, and transformers has a model of V-JEPA 2 alone`);
  }
  if (asWhole && /\.(pth\.tar|pth|pt)$/.test(destination) && (await isRunCheckpoint(source))) {
    await convertRunCheckpoint(source, destination);
    return { files: [destination], notes: [] };
  }
  const labels = options.labels === undefined ? undefined : await readClassNames(options.labels);
  const { numHeads, predictorHeads, probe } = options;
  const isSaid = options.resolution !== undefined && options.frames !== undefined;
  const { clip, doubts } = isFolder && !isSaid ? await clipOf(source, numHeads) : NO_CLIP;
  const huggingFace = {
    ...{ predictorHeads, probe, labels },
    version: options.isVjepa2 && ('2' as const),
    imageSize: options.resolution ?? clip.imageSize,
    numFrames: options.frames ?? clip.numFrames,
    numHeads: numHeads ?? clip.numHeads,
  };
  const { files, notes } = await convertCheckpoint(source, destination, { key, names, huggingFace }).catch(withFlag);
  return { files, notes: [...doubts, ...notes] };
}

/** By what the package asks to be told, the flag that tells it. */
const FLAGS: Readonly<Record<string, string>> = {
  'where it is V-JEPA 2, say so': '--is-vjepa2',
  'say how many heads the encoder has': '--num-heads N',
  'say how many heads the predictor has': '--predictor-heads N',
};

function withFlag(error: unknown): never {
  const flag = error instanceof CheckpointError ? FLAGS[error.remedy] : undefined;
  throw flag === undefined ? error : new CommandError(`${(error as Error).message}: ${flag}`, { cause: error });
}

interface KnownClip {
  clip: Pick<HuggingFaceOptions, 'imageSize' | 'numFrames' | 'numHeads'>;
  doubts: string[];
}

const NO_CLIP: KnownClip = { clip: {}, doubts: [] };

/** The clips that a model of V-JEPA 2 was made for, where its unread position table or its config tells them. */
async function clipOf(source: string, numHeads: number | undefined): Promise<KnownClip> {
  const { models } = await inspectCheckpoint(source);
  // Whatever else it is, the conversion refuses it by name.
  if (models.some(({ version = 'V-JEPA 2' }) => version !== 'V-JEPA 2')) return NO_CLIP;
  const { encoder, doubts } = await recognizeCheckpoint(source, { numHeads, version: '2' });
  return { clip: encoder, doubts };
}

/** A folder without files is as good as none. */
async function isTaken(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? (await readdir(path)).length > 0 : found !== undefined;
}
