import {
  CheckpointError,
  describeModels,
  inspectCheckpoint,
  type RecognizedModel,
  readStateDict,
  type StateDict,
} from '@vjepa/checkpoints';
import { InputError, option, Sentence, sentence } from '@vjepa/training';
import type { ModelVersion, NamedShapes } from '@vjepa/vit';
import { architectureName, describeArchitecture, describeVersion } from './describe-architecture.js';

/** What is wrong with an encoder of other sizes than the one expected. */
export function otherArchitecture(path: string, difference: string): InputError {
  return new InputError({
    subject: path,
    problem: difference,
    remedy: 'Name the model that the checkpoint was made for, or none: its sizes are then read from the checkpoint',
    code: 'other-architecture',
  });
}

/**
 * What is wrong with a model that nothing tells the heads of.
 *
 * @param width why they cannot be guessed, in words
 */
export function headsUnknown(path: string, width: string): InputError {
  const problem = sentence`${width}, and no tensor tells its number of heads: give ${option('numHeads: N')}`;
  return new InputError({ subject: path, problem, code: 'heads-unknown' });
}

/** What is wrong with an encoder of which nothing tells whether it reads the position table that it has. */
export function versionUnknown(path: string, tokens: number): InputError {
  return new InputError({
    subject: path,
    problem:
      `the encoder has a position table for ${tokens} tokens that is none of V-JEPA's, and files of V-JEPA 2 may carry one ` +
      'unread: nothing tells which of the two it is of',
    remedy: 'name its model',
    code: 'version-unknown',
  });
}

/** Which V-JEPA an encoder is of, and what tells. */
interface FoundVersion {
  version: ModelVersion;
  ground: string;
}

/** What is wrong with an encoder of another V-JEPA than the one asked for. */
export function otherVersion(
  path: string,
  tensors: NamedShapes,
  { version, ground }: FoundVersion,
  asked: ModelVersion,
): InputError {
  const [found, wanted] = [describeVersion(version), describeVersion(asked)];
  const name = architectureName(tensors, version);
  return new InputError({
    subject: path,
    problem: `holds an encoder of ${found}, ${describeArchitecture(tensors, version)}: ${ground}; expected one of ${wanted}`,
    remedy: name === undefined ? 'Ask for no model' : sentence`Ask for ${option(`model: '${name}'`)}, or for none`,
    code: 'other-version',
  });
}

/** Tensors by which a model is known. */
const TENSORS = {
  encoder: ['patch_embed.proj.weight', 'blocks.0.mlp.fc1.weight'],
  predictor: ['predictor_proj.weight', 'predictor_blocks.0.mlp.fc1.weight'],
} as const;

/** What reads each kind of model, where something does. */
const READERS: Readonly<Partial<Record<RecognizedModel['kind'], string>>> = {
  encoder: 'loadEncoder',
  predictor: 'loadPredictor',
  probe: 'loadProbe',
  'anticipation probe': 'loadProbe',
};

/** The predictor that is told a robot's actions has the others' tensors, and this. */
const ACTIONS = 'action_encoder.weight';

type ModelKind = 'encoder' | 'predictor';

/**
 * Opens a model of a file.
 *
 * @param key the model; undefined: the encoder, as `readStateDict` finds it
 * @throws InputError that says what the file is when it holds other models, or this one is of another kind; CheckpointError
 *   when it cannot be read, or has no such key
 */
export async function openModel(path: string, key: string | undefined, kind: ModelKind): Promise<StateDict> {
  let stored: StateDict;
  try {
    stored = await readStateDict(path, key);
  } catch (error) {
    if (!isMissingModel(error)) throw error;
    const { models } = await inspectCheckpoint(path);
    throw models.length === 0 || models.some((model) => model.kind === kind) ? error : otherKind(path, models, kind);
  }
  if (TENSORS[kind].every((name) => stored.tensors.has(name)) && !stored.tensors.has(ACTIONS)) return stored;
  await stored.close();
  const { models } = await inspectCheckpoint(path);
  throw otherKind(
    path,
    models.filter((model) => model.key === stored.key && model.kind !== kind),
    kind,
    stored.key,
  );
}

function otherKind(
  path: string,
  found: readonly RecognizedModel[],
  kind: ModelKind,
  key?: string | undefined,
): InputError {
  const code = `no-${kind}`;
  const it = `${key === undefined ? 'the file' : `'${key}'`} is no ${kind}`;
  const description = describeModels(found);
  if (description === undefined) {
    const problem = `${it}: expected the tensors ${TENSORS[kind].join(' and ')}`;
    return new InputError({ subject: path, problem, remedy: "name the model's key, or another file", code });
  }
  const readers = [...new Set(found.flatMap((model) => READERS[model.kind] ?? []))];
  const named = Sentence.of(readers.flatMap((name, i) => (i === 0 ? [option(name)] : [' and ', option(name)])));
  const own = `name the ${kind}'s own file or key`;
  const remedy = readers.length === 0 ? own : sentence`${own}; this is for ${named}`;
  return new InputError({ subject: path, problem: `${it}: it holds ${description}`, remedy, code });
}

/** Whether a file was refused because it has no model under the keys that were looked for. */
export function isMissingModel(error: unknown): error is CheckpointError {
  return error instanceof CheckpointError && error.problem.startsWith('has no ');
}
