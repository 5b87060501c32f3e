import { CheckpointError, compareShapes, readStateDict, requireSameShapes, type StateDict } from '@vjepa/checkpoints';
import type { FloatTensor } from '@vjepa/engine';
import {
  countTokens,
  type EncoderConfig,
  encoderParameterShapes,
  positionTable,
  recognizeEncoder,
  tokenGrid,
} from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { pretrainingModel } from '../pretrain/model.js';
import { checkpointConfig } from './checkpoint-config.js';
import { architectureDifference, describeArchitecture, describeClip, isRotary } from './describe-architecture.js';
import { requireFinite } from './require-finite.js';

/** A pretrained encoder in memory. */
export interface LoadedEncoder {
  /** By the names of the reference state dict, in its order. */
  parameters: Record<string, FloatTensor>;
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/**
 * Reads the parameters of an encoder from a checkpoint (`.pth.tar` or safetensors), tensor by tensor. Strict: every
 * name and shape must be the model's. One exception is the reference's own: a position table made for another
 * resolution or clip length is replaced by the model's, which a note says.
 *
 * @param key the model in the file; where the file has none under `target_encoder`, `encoder` is taken, as a note says
 * @throws CommandError that says in one line how another architecture differs from the one expected, or lists every
 *   missing, unexpected and mis-shaped name of the right one, or those whose values are no numbers; CheckpointError when
 *   the file cannot be read
 */
export async function loadEncoder(path: string, encoder: EncoderConfig, key?: string): Promise<LoadedEncoder> {
  const notes: string[] = [];
  const stored = await openEncoder(path, key, notes);
  try {
    const shapes = encoderParameterShapes(encoder);
    const comparison = compareShapes(shapes, stored.tensors);
    checkArchitecture(path, encoder, stored, () => requireSameShapes(path, comparison));
    await checkHeads(path, encoder);
    const parameters: Record<string, FloatTensor> = {};
    for (const [name, shape] of shapes) {
      const data = await stored.tensors.get(name)!.readFloat32();
      parameters[name] = { shape, data: name === 'pos_embed' ? positions(path, encoder, stored, data, notes) : data };
    }
    requireFinite(path, parameters);
    return { parameters, notes };
  } finally {
    await stored.close();
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
  const [tokens, expected] = [table.length / encoder.embedDim, countTokens(tokenGrid(encoder))];
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

/** No tensor tells the number of heads, but a run's own checkpoint carries the run's config. */
async function checkHeads(path: string, { numHeads }: EncoderConfig): Promise<void> {
  const config = await checkpointConfig(path);
  if (config === undefined) return;
  const { encoder } = pretrainingModel(config);
  if (encoder.numHeads !== numHeads) {
    throw new CommandError(`${path}: ${encoder.numHeads} heads; expected ${numHeads}. ${SIZES_REMEDY}`);
  }
}

const SIZES_REMEDY =
  'Name the model that the checkpoint was made for, or leave its sizes out: --run and --checkpoint read them from the ' +
  'run and the checkpoint';

function checkArchitecture(path: string, encoder: EncoderConfig, { key, tensors }: StateDict, check: () => void): void {
  refuseRotary(path, tensors);
  const found = describeArchitecture(tensors);
  if (found === undefined) throw noEncoder(path, key);
  const difference = architectureDifference(tensors, encoder);
  if (difference !== undefined) {
    throw new CommandError(`${path}: ${difference}. ${SIZES_REMEDY}`);
  }
  try {
    check();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CommandError(`${path}: holds ${found}, and ${error.problem}Choose another checkpoint`, { cause: error });
  }
}

/** What is wrong with a model that is another part of a run, or something else. */
export function noEncoder(path: string, key: string | undefined): CommandError {
  return new CommandError(
    `${path}: ${key === undefined ? 'the file' : `'${key}'`} is no encoder: expected the tensors pos_embed, ` +
      "patch_embed.proj.weight and blocks.0.mlp.fc1.weight; name the model's key, or another file",
  );
}

/** @throws CommandError when the parameters are those of a V-JEPA 2 encoder */
export function refuseRotary(path: string, tensors: StateDict['tensors']): void {
  if (!isRotary(tensors)) return;
  throw new CommandError(
    `${path}: holds a V-JEPA 2 encoder, ${describeArchitecture(tensors)}. It rotates positions inside attention; ` +
      'these models add a position table and cannot run it. vjepa checkpoint inspect and convert can read it',
  );
}
