import { openCheckpoint, readStateDict, type StateDict } from '@vjepa/checkpoints';
import { checkpointRecord, InputError, option, reasonOf, sentence } from '@vjepa/training';
import { type EncoderConfig, encoderConfig, encoderNameOf, recognizeEncoder } from '@vjepa/vit';
import { noEncoder, refuseRotary } from './unfit-checkpoint.js';

/** An encoder by its tensors alone. */
export interface RecognizedCheckpoint {
  encoder: EncoderConfig;
  /** What no tensor tells and is the likeliest, in words. */
  doubts: string[];
}

/**
 * The configuration of the encoder in a checkpoint: as a pretraining's own checkpoint says; of any other, by the shapes of
 * its tensors, its position table, and for the number of heads, which no tensor tells, the named encoder of that width.
 *
 * @param options.numHeads the number of heads, where it is known
 * @throws InputError when there is no encoder, or nothing tells its heads; CheckpointError when the file cannot be read
 */
export async function recognizeCheckpoint(
  path: string,
  { key, numHeads }: { key?: string | undefined; numHeads?: number | undefined } = {},
): Promise<RecognizedCheckpoint> {
  const recorded = await recordedEncoder(path);
  if (recorded !== undefined) return { encoder: { ...recorded, numHeads: numHeads ?? recorded.numHeads }, doubts: [] };
  const stored = await readStateDict(path, key === 'target_encoder' ? undefined : key);
  try {
    return await encoderOfTensors(path, stored, numHeads);
  } finally {
    await stored.close();
  }
}

/**
 * The encoder that a pretraining's own checkpoint says it holds; undefined for every other model file.
 *
 * @throws CheckpointError when the file cannot be read; InputError when what it says is no encoder
 */
export async function recordedEncoder(path: string): Promise<EncoderConfig | undefined> {
  const { metadata, close } = await openCheckpoint(path);
  await close();
  const sizes = checkpointRecord(path, metadata)?.encoder as Partial<EncoderConfig> | undefined;
  return sizes && configured(path, sizes);
}

/** As `recognizeCheckpoint` does, of a file that is open. */
export async function encoderOfTensors(
  path: string,
  stored: StateDict,
  numHeads: number | undefined,
): Promise<RecognizedCheckpoint> {
  refuseRotary(path, stored.tensors);
  const table = (await stored.tensors.get('pos_embed')?.readFloat32()) ?? new Float32Array(0);
  const found = recognizeEncoder(stored.tensors, table);
  if (found === undefined) throw noEncoder(path, stored.key);
  const heads = numHeads ?? found.likelyHeads;
  if (heads === undefined) {
    throw new InputError({
      subject: path,
      problem: sentence`the encoder is ${found.config.embedDim} wide, as none of the named ones is, and no tensor tells its number of heads: give ${option('numHeads: N')}`,
      code: 'heads-unknown',
    });
  }
  const encoder = configured(path, { ...found.config, numHeads: heads });
  const known = encoderNameOf(encoder) !== undefined || numHeads !== undefined;
  const doubts = [
    ...(known ? [] : [`${heads} heads, as models of this width have: no tensor tells`]),
    ...(found.positionsRead ? [] : [`the clip is the likeliest of ${table.length / encoder.embedDim} tokens`]),
  ];
  return { encoder, doubts };
}

function configured(path: string, sizes: Partial<EncoderConfig>): EncoderConfig {
  try {
    return encoderConfig('vit_large', sizes);
  } catch (error) {
    throw new InputError({ subject: path, problem: reasonOf(error), cause: error });
  }
}
