import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointValue, isStoredTensor } from './checkpoint-value.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { StoredTensor } from './stored-tensor.js';
import { stripPrefixes } from './strip-prefixes.js';

/** One model's parameters in an open file. */
export interface StateDict {
  readonly path: string;
  /** The key they were found under; undefined when the file holds nothing but them. */
  readonly key: string | undefined;
  /** In the file's order, names without the wrappers of training. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/** Where evaluation looks for the backbone, as the reference does. */
const backboneKeys = ['target_encoder', 'encoder'];

/**
 * Opens the parameters of one model of a checkpoint, PyTorch or safetensors.
 *
 * @param key 'encoder', 'predictor', 'target_encoder' or 'classifier'; left out, the target encoder, else the encoder,
 * else a file that is itself one model's parameters
 * @throws CheckpointError that lists the keys there are when the wanted one is missing
 */
export async function readStateDict(path: string, key?: string): Promise<StateDict> {
  const checkpoint = await openCheckpoint(path);
  try {
    const groups = findGroups(checkpoint.root);
    const found = key === undefined ? backboneKeys.find((candidate) => groups.has(candidate)) : key;
    const tensors = groups.get(found);
    if (!tensors || tensors.size === 0) throw missingKey(path, key, groups);
    return { path, key: found, tensors: stripNames(path, tensors), close: checkpoint.close };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

type NamedTensors = Map<string, StoredTensor>;

/**
 * The models of a file by key; under undefined, tensors that stand at the top. Safetensors has no tree, so there a
 * model is what shares the first part of dotted names: `encoder.blocks.0.…`.
 */
function findGroups(root: CheckpointValue): Map<string | undefined, NamedTensors> {
  const groups = new Map<string | undefined, NamedTensors>();
  if (!(root instanceof Map)) return groups;
  const add = (key: string | undefined, name: string, tensor: StoredTensor) => {
    const group = groups.get(key) ?? new Map<string, StoredTensor>();
    groups.set(key, group.set(name, tensor));
  };
  for (const [name, value] of root) {
    if (typeof name !== 'string') continue;
    const [key, ...rest] = name.split('.');
    if (isStoredTensor(value)) {
      if (modelKeys.has(key!)) add(key, rest.join('.'), value);
      else add(undefined, name, value);
    } else if (value instanceof Map) {
      for (const [inner, tensor] of value)
        if (typeof inner === 'string' && isStoredTensor(tensor)) add(name, inner, tensor);
    }
  }
  return groups;
}

const modelKeys = new Set([...backboneKeys, 'predictor', 'classifier']);

function missingKey(path: string, key: string | undefined, groups: Map<string | undefined, unknown>): CheckpointError {
  const wanted = key === undefined ? backboneKeys.map((name) => `'${name}'`).join(' or ') : `'${key}'`;
  const found = [...groups.keys()].map((name) => (name === undefined ? 'tensors without a key' : `'${name}'`));
  return new CheckpointError(
    path,
    `has no ${wanted}; it has ${found.join(', ') || 'no tensors at all'}`,
    'name the key that holds the model, or choose another file',
  );
}

function stripNames(path: string, tensors: NamedTensors): NamedTensors {
  const stripped: NamedTensors = new Map();
  for (const [name, tensor] of tensors) {
    const short = stripPrefixes(name);
    if (stripped.has(short)) {
      const problem = `'${name}' and another tensor are both called '${short}' without their prefixes`;
      throw new CheckpointError(path, problem, 'rename one of them');
    }
    stripped.set(short, tensor);
  }
  return stripped;
}
