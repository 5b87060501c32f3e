import { readStateDict, type StateDict } from '@vjepa/checkpoints';
import { type EncoderVersion, encoderVersion, type ModelVersion } from '@vjepa/vit';
import { architectureName, describeVersion } from './describe-architecture.js';
import { isMissingModel, otherVersion } from './unfit-checkpoint.js';

/** Which V-JEPA is asked for. */
export interface AskedVersion {
  version: ModelVersion;
  /** Whether it is said in so many words, and not by the name or the configuration of a model: a likeness is no objection. */
  insisted: boolean;
}

/**
 * Which V-JEPA the encoder in a file is of: what was asked for, if nothing in the file speaks against it; else what
 * tensors tell.
 *
 * @param table the elements of the encoder's `pos_embed`, where it has one
 * @returns what was decided on less than the encoder's structure, in words, where nobody had asked for it
 * @throws InputError when it is another than the one asked for
 */
export async function versionOfFile(
  path: string,
  stored: StateDict,
  table: Float32Array | undefined,
  asked: AskedVersion | undefined,
): Promise<{ version: ModelVersion; doubt?: string }> {
  const found = encoderVersion(stored.tensors, table, await shapesBeside(path, stored, 'predictor'));
  if (asked === undefined) {
    return { version: found.version, ...(found.evidence !== 'structure' && { doubt: doubtOf(found, stored) }) };
  }
  if (asked.version === found.version) return asked;
  const isPossible = asked.version !== '2.1' && found.evidence !== 'structure';
  const isLikely = found.evidence === 'none' || asked.insisted;
  if (isPossible && isLikely) return asked;
  throw otherVersion(path, stored.tensors, found, asked.version);
}

function doubtOf({ version, evidence, ground }: EncoderVersion, { tensors }: StateDict): string {
  const read = `read as ${describeVersion(version)}: ${ground}`;
  if (evidence === 'published') return read;
  const name = architectureName(tensors, '2');
  return `${read}; if it is one of those, name ${name === undefined ? 'a model of V-JEPA 2' : `the model ${name}`}`;
}

/** Names and shapes of another model in the same file; undefined where there is none. */
async function shapesBeside(
  path: string,
  { key, tensors }: StateDict,
  other: string,
): Promise<StateDict['tensors'] | undefined> {
  if (key === undefined || !tensors.has('pos_embed')) return undefined;
  try {
    const { tensors: found, close } = await readStateDict(path, other);
    await close();
    return found;
  } catch (error) {
    if (isMissingModel(error)) return undefined;
    throw error;
  }
}
