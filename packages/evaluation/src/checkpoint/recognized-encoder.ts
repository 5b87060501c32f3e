import { openCheckpoint, type StateDict } from '@vjepa/checkpoints';
import { checkpointRecord, InputError, reasonOf } from '@vjepa/training';
import {
  type ClipEncoder,
  type ClipEncoderName,
  clipEncoderConfig,
  clipEncoderNameOf,
  type EncoderConfig,
  type ModelVersion,
  recognizeEncoder,
  recognizeVjepa2Encoder,
  type Vjepa2EncoderConfig,
  versionOf,
} from '@vjepa/vit';
import { encoderFile } from './encoder-file.js';
import { type AskedVersion, versionOfFile } from './model-version.js';
import { headsUnknown, openModel, otherArchitecture, otherVersion, versionUnknown } from './unfit-checkpoint.js';

/** An encoder by its tensors alone. */
export interface RecognizedCheckpoint {
  encoder: ClipEncoder;
  /** What no tensor tells and is the likeliest, in words. */
  doubts: string[];
}

/** What is known of an encoder beside its checkpoint. */
export interface RecognizeOptions {
  /** The model in the file. Default: the target encoder, else the encoder. */
  key?: string | undefined;
  /** The number of heads, where it is known. */
  numHeads?: number | undefined;
  /** Which V-JEPA it is of, where that is known. */
  version?: ModelVersion | undefined;
}

/**
 * The configuration of the encoder in a checkpoint: as a pretraining's own checkpoint says; of any other, by the shapes of
 * its tensors, its position table and what lies beside it, and for the number of heads, which no tensor tells, the named
 * encoder of that width.
 *
 * @throws InputError when there is no encoder, it is one of another V-JEPA than asked for, or nothing tells its heads;
 *   CheckpointError when the file cannot be read
 */
export async function recognizeCheckpoint(
  path: string,
  { key, numHeads, version }: RecognizeOptions = {},
): Promise<RecognizedCheckpoint> {
  const file = encoderFile(path);
  const stored = await openModel(file, key === 'target_encoder' ? undefined : key, 'encoder');
  try {
    return await recognizeStored(file, stored, { numHeads, asked: version && { version, insisted: true } });
  } finally {
    await stored.close();
  }
}

/** As `recognizeCheckpoint` does, of a file that is open. */
export async function recognizeStored(
  path: string,
  stored: StateDict,
  { numHeads, asked }: { numHeads?: number | undefined; asked?: AskedVersion | undefined },
): Promise<RecognizedCheckpoint> {
  const recorded = await recordedEncoder(path);
  if (recorded !== undefined) {
    requireRecorded(path, stored, recorded, asked);
    requireHeads(path, recorded.numHeads, numHeads);
    return { encoder: recorded, doubts: [] };
  }
  const table = await stored.tensors.get('pos_embed')?.readFloat32();
  const { version, doubt } = await versionOfFile(path, stored, asked);
  const beside = stored.huggingFace?.encoder;
  const found = version === '1' ? firstSizes(stored, table) : laterSizes(stored, table, beside);
  // V-JEPA's table is its own and never trained: with another one there is nothing left to go by.
  if (version === '1' && doubt !== undefined && found?.doubt !== undefined)
    throw versionUnknown(path, stored.tensors.get('pos_embed')!.shape[1]!);
  if (found === undefined) {
    const problem = 'the encoder has neither a position table, as one of pictures has, nor tubelets';
    throw new InputError({ subject: path, problem, remedy: 'name another file', code: 'no-encoder' });
  }
  requireHeads(path, beside?.numHeads, numHeads);
  const heads = numHeads ?? beside?.numHeads ?? found.likelyHeads;
  if (heads === undefined) {
    throw headsUnknown(path, `the encoder is ${found.config.embedDim} wide, as none of the named ones is`);
  }
  if (found.config.embedDim % heads !== 0) {
    throw otherArchitecture(path, `an encoder ${found.config.embedDim} wide; ${heads} heads do not share that`);
  }
  const encoder = configured(path, version, { ...found.config, numHeads: heads });
  const known = clipEncoderNameOf(encoder) !== undefined || numHeads !== undefined || beside?.numHeads !== undefined;
  const doubts = [
    ...(doubt === undefined ? [] : [doubt]),
    ...(known ? [] : [`${heads} heads, as models of this width have: no tensor tells`]),
    ...(version === '1' || beside !== undefined || heads === (found.likelyHeads ?? heads)
      ? []
      : [`${heads} heads, as asked for; published models of this width have ${found.likelyHeads}: no tensor tells`]),
    ...(found.doubt === undefined ? [] : [found.doubt]),
  ];
  return { encoder, doubts };
}

/** Sizes that tensors tell, and what is a guess in them. */
interface FoundSizes {
  config: Partial<EncoderConfig & Vjepa2EncoderConfig> & Pick<EncoderConfig, 'embedDim'>;
  likelyHeads: number | undefined;
  doubt?: string | undefined;
}

type ClipSize = Pick<EncoderConfig, 'imageSize' | 'numFrames'>;

function firstSizes({ tensors }: StateDict, table: Float32Array | undefined): FoundSizes | undefined {
  const found = recognizeEncoder(tensors, table ?? new Float32Array(0));
  if (found === undefined) return undefined;
  const tokens = (table?.length ?? 0) / found.config.embedDim;
  return { ...found, doubt: found.positionsRead ? undefined : `the clip is the likeliest of ${tokens} tokens` };
}

function laterSizes(
  { tensors }: StateDict,
  table: Float32Array | undefined,
  beside: ClipSize | undefined,
): FoundSizes | undefined {
  const found = recognizeVjepa2Encoder(tensors, table);
  if (found === undefined) return undefined;
  const { config, likelyHeads, clipRead } = found;
  const { imageSize, numFrames } = beside ?? config;
  const isKnown = clipRead || beside !== undefined;
  const doubt = isKnown ? undefined : 'the clip is that of published models, and any other will do';
  return { config: { ...config, imageSize, numFrames }, likelyHeads, doubt };
}

/**
 * The encoder that a pretraining's own checkpoint says it holds; undefined for every other model file.
 *
 * @throws CheckpointError when the file cannot be read; InputError when what it says is no encoder
 */
async function recordedEncoder(path: string): Promise<ClipEncoder | undefined> {
  const { metadata, close } = await openCheckpoint(path);
  await close();
  const sizes = checkpointRecord(path, metadata)?.encoder as
    | (Partial<EncoderConfig> & { version?: ModelVersion })
    | undefined;
  return sizes && configured(path, sizes.version ?? '1', sizes);
}

/**
 * Compares a configuration with what a file says of its encoder, and what lies beside it, beyond the tensors' shapes: which
 * V-JEPA it is of, and the heads.
 *
 * @throws InputError when they are others
 */
export async function requireAsDeclared(
  path: string,
  stored: StateDict,
  { numHeads }: ClipEncoder,
  asked: AskedVersion,
): Promise<void> {
  const recorded = await recordedEncoder(path);
  if (recorded !== undefined) requireRecorded(path, stored, recorded, asked);
  else await versionOfFile(path, stored, asked);
  requireHeads(path, (recorded ?? stored.huggingFace?.encoder)?.numHeads, numHeads);
}

function requireHeads(path: string, found: number | undefined, expected: number | undefined): void {
  if (found === undefined || expected === undefined || found === expected) return;
  throw otherArchitecture(path, `${found} heads; expected ${expected}`);
}

/** @throws InputError when another version is asked for than the run that wrote the file says */
function requireRecorded(path: string, { tensors }: StateDict, recorded: ClipEncoder, asked: AskedVersion | undefined) {
  const version = versionOf(recorded);
  if (asked === undefined || asked.version === version) return;
  throw otherVersion(path, tensors, { version, ground: 'as the run that wrote it says' }, asked.version);
}

/** Of each version some model, all of whose sizes are replaced. */
const SOME_MODEL: Readonly<Record<ModelVersion, ClipEncoderName>> = {
  '1': 'vit_large',
  '2': 'vjepa2_vit_large',
  '2.1': 'vjepa2_1_vit_large',
};

function configured(
  path: string,
  version: ModelVersion,
  sizes: FoundSizes['config'] | Partial<EncoderConfig>,
): ClipEncoder {
  try {
    return clipEncoderConfig(SOME_MODEL[version], sizes);
  } catch (error) {
    throw new InputError({ subject: path, problem: reasonOf(error), cause: error });
  }
}
