import { CheckpointError, compareShapes, requireSameShapes, type StateDict } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import { InputError, option, reasonOf, requireChoice, unfitSetting } from '@vjepa/training';
import {
  type ClipEncoder,
  type ClipEncoderName,
  clipEncoderConfig,
  clipEncoderParameterShapes,
  type EncoderConfig,
  isTrainable,
  isVjepa2,
  type ModelVersion,
  positionTable,
  recognizeEncoder,
  tokenGrid,
  versionOf,
} from '@vjepa/vit';
import { requireEncoder } from '../require-given.js';
import { architectureDifference, describeArchitecture, describeClip, sizeDifference } from './describe-architecture.js';
import { encoderFile } from './encoder-file.js';
import type { AskedVersion } from './model-version.js';
import { predictsPixels } from './predicts-pixels.js';
import { recognizeStored, requireAsDeclared } from './recognized-encoder.js';
import { requireFinite } from './require-finite.js';
import { openModel, otherArchitecture } from './unfit-checkpoint.js';

/** A pretrained encoder in memory. */
export interface LoadedEncoder {
  encoder: ClipEncoder;
  /** By the names of the reference state dict, in its order. */
  parameters: Record<string, HostTensor<Float32Array>>;
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/** What a path and a model do not tell `loadEncoder`. */
export interface LoadEncoderOptions {
  /** The model in the file. Default: the target encoder, else the average of distilled models, else the encoder. */
  key?: string | undefined;
  /** Attention heads, which no tensor tells. Default: those of the model, else of the named one of that width. */
  numHeads?: number | undefined;
  /**
   * Which V-JEPA the encoder is of, where a position table that V-JEPA reads and files of V-JEPA 2 carry unread leaves it
   * open. Default: the model's, else what the tensors tell.
   */
  version?: ModelVersion | undefined;
}

/**
 * Reads an encoder of V-JEPA, V-JEPA 2 or 2.1 from a checkpoint (PyTorch's, or safetensors under the original names or
 * those of Hugging Face), from a folder of Hugging Face's, or from the newest one in a run's folder, tensor by tensor.
 * Strict: every name and shape must be the model's. Two exceptions are the reference's own, and a note says so: a position
 * table of V-JEPA made for another resolution or clip length is replaced by the model's, and the one that files of V-JEPA 2
 * carry is not read.
 *
 * @param model what the encoder must be: a configuration; or the name of one, for the clips that the checkpoint was made
 *   for. Default: what the tensors say it is
 * @throws InputError that says in one line how another architecture differs from the one expected, or lists every
 *   missing, unexpected and mis-shaped name of the right one, or those whose values are no numbers; CheckpointError when
 *   the file cannot be read
 */
export async function loadEncoder(
  path: string,
  model?: ClipEncoder | ClipEncoderName | (string & {}),
  { key, numHeads, version }: LoadEncoderOptions = {},
): Promise<LoadedEncoder> {
  if (typeof path !== 'string') throw unfitSetting('path', 'a checkpoint, or the folder of a run', path);
  if (model !== undefined && typeof model !== 'string') requireEncoder(model, 'model');
  requireChoice('version', version, ['1', '2', '2.1']);
  const notes: string[] = [];
  const file = encoderFile(path);
  const stored = await openEncoder(file, key, notes);
  try {
    const encoder = await expectedEncoder(file, stored, { model, numHeads, version }, notes);
    const shapes = clipEncoderParameterShapes(encoder);
    const tensors = isVjepa2(encoder) ? withoutTables(file, stored.tensors, notes) : stored.tensors;
    requireArchitecture(file, encoder, stored, () => requireSameShapes(file, compareShapes(shapes, tensors)));
    const parameters: Record<string, HostTensor<Float32Array>> = {};
    for (const [name, shape] of shapes) {
      const data = await tensors.get(name)!.readFloat32();
      const isTable = name === 'pos_embed' && !isVjepa2(encoder);
      parameters[name] = { shape, data: isTable ? positions(file, encoder, stored, data, notes) : data };
    }
    requireFinite(file, parameters);
    return { encoder, parameters, notes };
  } finally {
    await stored.close();
  }
}

/** What the encoder must be: as it is given, or the named one, or what the file says, for the file's clips. */
async function expectedEncoder(
  path: string,
  stored: StateDict,
  { model, numHeads, version }: { model: ClipEncoder | string | undefined } & Omit<LoadEncoderOptions, 'key'>,
  notes: string[],
): Promise<ClipEncoder> {
  const given = typeof model === 'string' ? namedEncoder(model) : model;
  const asked = askedVersion(given, version);
  if (given !== undefined && typeof model !== 'string') {
    await requireAsDeclared(path, stored, given, asked!);
    return given;
  }
  const difference = given && sizeDifference(stored.tensors, given);
  if (difference !== undefined) throw otherArchitecture(path, difference);
  const { encoder, doubts } = await recognizeStored(path, stored, { numHeads: numHeads ?? given?.numHeads, asked });
  for (const doubt of doubts) notes.push(`${path}: ${doubt}`);
  return given === undefined ? encoder : withClipOf(given, encoder);
}

/** The version asked for in words, or by the model. */
function askedVersion(given: ClipEncoder | undefined, version: ModelVersion | undefined): AskedVersion | undefined {
  if (given === undefined) return version && { version, insisted: true };
  const own = versionOf(given);
  if (version !== undefined && version !== own) {
    throw unfitSetting('version', `'${own}', the model's, or none`, version);
  }
  return { version: own, insisted: version !== undefined };
}

/** A named model for the clips, and with the heads, that a file was found to have. */
function withClipOf(named: ClipEncoder, found: ClipEncoder): ClipEncoder {
  const { imageSize, numFrames, tubeletSize, patchSize, numHeads } = found;
  const own = { imageSize, numFrames, tubeletSize, patchSize, numHeads };
  if (isVjepa2(named) || isVjepa2(found)) return { ...named, ...own };
  return { ...named, ...own, uniformPower: found.uniformPower };
}

function namedEncoder(name: string): ClipEncoder {
  try {
    return clipEncoderConfig(name);
  } catch (error) {
    throw new InputError({ subject: option('model'), problem: reasonOf(error), code: 'model', cause: error });
  }
}

async function openEncoder(path: string, key: string | undefined, notes: string[]): Promise<StateDict> {
  const stored = await openModel(path, key === 'target_encoder' ? undefined : key, 'encoder');
  if (key === 'target_encoder' && stored.key !== key) {
    const found = stored.key === undefined ? 'tensors without a key' : `'${stored.key}'`;
    const why = (await predictsPixels(path))
      ? `the run predicts pixels and has no '${key}'; ${found}, its one encoder, is used`
      : `there is no '${key}'; ${found} is used, as the reference does`;
    notes.push(`${path}: ${why}`);
  }
  return stored;
}

/** The tensors of a model of V-JEPA 2 but the position tables that its files may carry. */
export function withoutTables(path: string, tensors: StateDict['tensors'], notes: string[]): StateDict['tensors'] {
  const tables = [...tensors.keys()].filter((name) => !isTrainable(name));
  if (tables.length === 0) return tensors;
  notes.push(`${path}: ${tables.join(', ')} is not read: V-JEPA 2 rotates queries and keys by their positions instead`);
  return new Map([...tensors].filter(([name]) => isTrainable(name)));
}

/**
 * The position table, or the model's own where the file's was made for another clip. Other clips may have as many
 * tokens (8 frames of 64 x 64, 2 of 128 x 128), so it is the table's content that tells.
 */
function positions(
  path: string,
  encoder: EncoderConfig,
  { tensors }: StateDict,
  table: Float32Array,
  notes: string[],
): Float32Array {
  const found = recognizeEncoder(tensors, table);
  const [tokens, expected] = [table.length / encoder.embedDim, tokenCount(tokenGrid(encoder))];
  if (found?.positionsRead) {
    const [theirs, ours] = [tokenGrid(found.config), tokenGrid(encoder)];
    if (theirs.depth === ours.depth && theirs.height === ours.height) return table;
  } else if (tokens === expected) return table;
  const clip = found?.positionsRead ? ` (${describeClip(found.config)})` : '';
  notes.push(
    `${path}: pos_embed was made for ${tokens} tokens${clip}; the model's own table for ${expected} tokens ` +
      `(${describeClip(encoder)}) takes its place`,
  );
  return positionTable({ ...encoder, uniformPower: found?.config.uniformPower ?? encoder.uniformPower }).data;
}

/** @throws InputError that says in one line how the sizes differ, or lists what the check has found */
function requireArchitecture(path: string, encoder: ClipEncoder, { tensors }: StateDict, check: () => void): void {
  const difference = architectureDifference(tensors, encoder);
  if (difference !== undefined) throw otherArchitecture(path, difference);
  try {
    check();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const found = describeArchitecture(tensors, versionOf(encoder));
    const problem = `holds ${found}, and ${error.problem}Choose another checkpoint`;
    throw new InputError({ subject: path, problem, cause: error });
  }
}
