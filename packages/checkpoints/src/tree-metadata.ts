import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointKey, type CheckpointValue, isStoredTensor, keyText } from './checkpoint-value.js';
import { Complex } from './complex.js';
import type { StoredTensor } from './stored-tensor.js';
import { Tuple } from './tuple.js';

/** The metadata entry in which a safetensors file keeps the tree that a PyTorch file had around its tensors. */
export const TREE_METADATA_KEY = 'vjepa.tree';

/** A tree's tensors under dotted names, and the rest of it as JSON. */
export interface FlatTree {
  tensors: Map<string, StoredTensor>;
  json: string;
}

/** Takes a tree apart for a format that knows only named tensors. {@link rebuildTree} is the inverse. */
export function flattenTree(root: CheckpointValue): FlatTree {
  const tensors = new Map<string, StoredTensor>();
  const visit = (value: CheckpointValue, name: string): unknown => {
    const below = (key: CheckpointKey) => (name === '' ? keyText(key) : `${name}.${keyText(key)}`);
    if (isStoredTensor(value)) {
      const unique = uniqueName(name || 'tensor', tensors);
      tensors.set(unique, value);
      return { tensor: unique };
    }
    if (value instanceof Map)
      return { dict: [...value].map(([key, item]) => [visit(key, ''), visit(item, below(key))]) };
    if (Array.isArray(value)) {
      const items = Array.from(value as CheckpointValue[], (item, index) => visit(item, below(index)));
      return value instanceof Tuple ? { tuple: items } : { list: items };
    }
    if (value instanceof Set) return { set: Array.from(value, (item) => visit(item, '')) };
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
    if (value instanceof Complex) return { complex: [visit(value.real, ''), visit(value.imaginary, '')] };
    if (typeof value === 'bigint') return { int: value.toString() };
    return typeof value === 'number' && !Number.isFinite(value) ? { float: String(value) } : value;
  };
  const tree = visit(root, '');
  return { tensors, json: JSON.stringify(tree) };
}

/** Keys 1 and '1' of one dict would give two tensors one name. */
function uniqueName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let unique = name;
  for (let copy = 2; taken.has(unique); copy++) unique = `${name}#${copy}`;
  return unique;
}

/** @throws CheckpointError when the JSON is not a tree of this file's tensors */
export function rebuildTree(path: string, json: string, tensors: ReadonlyMap<string, StoredTensor>): CheckpointValue {
  const damaged = (problem: string) =>
    new CheckpointError(path, `its metadata '${TREE_METADATA_KEY}' ${problem}`, 'convert the original file again');
  const visit = (value: unknown): CheckpointValue => {
    if (value === null || typeof value !== 'object') return value as CheckpointValue;
    const [[kind, content] = []] = Object.entries(value);
    if (kind === 'int') return BigInt(content as string);
    if (kind === 'float') return Number(content);
    if (kind === 'tensor') {
      const tensor = tensors.get(content as string);
      if (!tensor) throw damaged(`names the tensor '${content}', which the file lacks`);
      return tensor;
    }
    if (kind === 'bytes') return Uint8Array.from(Buffer.from(content as string, 'base64'));
    if (!Array.isArray(content)) throw damaged(`holds ${JSON.stringify(value).slice(0, 40)}`);
    if (kind === 'tuple') return Tuple.from(content.map(visit));
    if (kind === 'list') return content.map(visit);
    if (kind === 'set') return new Set(content.map((item) => visit(item) as CheckpointKey));
    if (kind === 'complex') return new Complex(visit(content[0]) as number, visit(content[1]) as number);
    return new Map((content as [unknown, unknown][]).map(([key, item]) => [visit(key) as CheckpointKey, visit(item)]));
  };
  try {
    return visit(JSON.parse(json));
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged(`cannot be read (${(error as Error).message})`);
  }
}
