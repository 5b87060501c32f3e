import { CheckpointError, compareShapes, readStateDict, requireSameShapes, type StateDict } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import { InputError, option, reasonOf, unfitSetting } from '@vjepa/training';
import {
  type EncoderConfig,
  type EncoderName,
  encoderConfig,
  encoderParameterShapes,
  positionTable,
  recognizeEncoder,
  tokenGrid,
} from '@vjepa/vit';
import { architectureDifference, describeArchitecture, describeClip } from './describe-architecture.js';
import { encoderFile } from './encoder-file.js';
import { encoderOfTensors, recordedEncoder } from './recognized-encoder.js';
import { requireFinite } from './require-finite.js';
import { noEncoder, otherArchitecture, refuseRotary } from './unfit-checkpoint.js';

/** A pretrained encoder in memory. */
export interface LoadedEncoder {
  encoder: EncoderConfig;
  /** By the names of the reference state dict, in its order. */
  parameters: Record<string, HostTensor<Float32Array>>;
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/** What a path and a model do not tell `loadEncoder`. */
export interface LoadEncoderOptions {
  /** The model in the file. Default: the target encoder, else the encoder. */
  key?: string | undefined;
  /** Attention heads, which no tensor tells. Default: those of the model, else of the named one of that width. */
  numHeads?: number | undefined;
}

/**
 * Reads an encoder from a checkpoint (`.pth.tar` or safetensors), or from the newest one in a run's folder, tensor by
 * tensor. Strict: every name and shape must be the model's. One exception is the reference's own: a position table made
 * for another resolution or clip length is replaced by the model's, which a note says.
 *
 * @param model what the encoder must be: a configuration; or the name of one, for the clips that the checkpoint was made
 *   for. Default: what the tensors say it is
 * @throws InputError that says in one line how another architecture differs from the one expected, or lists every
 *   missing, unexpected and mis-shaped name of the right one, or those whose values are no numbers; CheckpointError when
 *   the file cannot be read
 */
export async function loadEncoder(
  path: string,
  model?: EncoderConfig | EncoderName | (string & {}),
  { key, numHeads }: LoadEncoderOptions = {},
): Promise<LoadedEncoder> {
  if (typeof path !== 'string') throw unfitSetting('path', 'a checkpoint, or the folder of a run', path);
  const notes: string[] = [];
  const file = encoderFile(path);
  const stored = await openEncoder(file, key, notes);
  try {
    const encoder =
      typeof model === 'object' && model !== null ? model : await recognized(file, stored, model, numHeads, notes);
    const shapes = encoderParameterShapes(encoder);
    const comparison = compareShapes(shapes, stored.tensors);
    checkArchitecture(file, encoder, stored, () => requireSameShapes(file, comparison));
    const parameters: Record<string, HostTensor<Float32Array>> = {};
    for (const [name, shape] of shapes) {
      const data = await stored.tensors.get(name)!.readFloat32();
      parameters[name] = { shape, data: name === 'pos_embed' ? positions(file, encoder, stored, data, notes) : data };
    }
    requireFinite(file, parameters);
    return { encoder, parameters, notes };
  } finally {
    await stored.close();
  }
}

/** The encoder that the checkpoint says it holds, or whose sizes its tensors have; a named one for the checkpoint's clips. */
async function recognized(
  path: string,
  stored: StateDict,
  name: string | undefined,
  numHeads: number | undefined,
  notes: string[],
): Promise<EncoderConfig> {
  const sizes = name === undefined ? undefined : namedEncoder(name);
  const recorded = await recordedEncoder(path);
  const heads = numHeads ?? sizes?.numHeads ?? recorded?.numHeads;
  const found =
    recorded === undefined ? await encoderOfTensors(path, stored, heads) : { encoder: recorded, doubts: [] };
  for (const doubt of found.doubts) notes.push(`${path}: ${doubt}`);
  const { imageSize, numFrames, tubeletSize, patchSize, uniformPower } = found.encoder;
  const own = sizes && { ...sizes, imageSize, numFrames, tubeletSize, patchSize, uniformPower };
  const encoder = { ...(own ?? found.encoder), numHeads: heads ?? found.encoder.numHeads };
  if (recorded !== undefined && encoder.numHeads !== recorded.numHeads) {
    throw otherArchitecture(path, `${recorded.numHeads} heads; expected ${encoder.numHeads}`);
  }
  return encoder;
}

function namedEncoder(name: string): EncoderConfig {
  try {
    return encoderConfig(name);
  } catch (error) {
    throw new InputError({ subject: option('model'), problem: reasonOf(error), code: 'model', cause: error });
  }
}

async function openEncoder(path: string, key: string | undefined, notes: string[]): Promise<StateDict> {
  if (key !== 'target_encoder') return readStateDict(path, key);
  const stored = await readStateDict(path);
  if (stored.key !== key) {
    const found = stored.key === undefined ? 'tensors without a key' : `'${stored.key}'`;
    notes.push(`${path}: there is no '${key}'; ${found} is used, as the reference does`);
  }
  return stored;
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

function checkArchitecture(path: string, encoder: EncoderConfig, { key, tensors }: StateDict, check: () => void): void {
  refuseRotary(path, tensors);
  const found = describeArchitecture(tensors);
  if (found === undefined) throw noEncoder(path, key);
  const difference = architectureDifference(tensors, encoder);
  if (difference !== undefined) throw otherArchitecture(path, difference);
  try {
    check();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const problem = `holds ${found}, and ${error.problem}Choose another checkpoint`;
    throw new InputError({ subject: path, problem, cause: error });
  }
}
