import { Complex } from './complex.js';
import type { StoredTensor } from './stored-tensor.js';
import { Tuple } from './tuple.js';

/**
 * A key of a Python dict in a checkpoint, or an element of a set. Of equal tuples, bytes or complex numbers a file has
 * but one object, so that a Map and a Set tell them apart as Python does.
 */
export type CheckpointKey = string | number | bigint | boolean | null | Uint8Array | Complex | Tuple<CheckpointKey>;

/** What a checkpoint's tree is made of. Dicts are Maps, because their keys may be numbers (an optimiser's state). */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | StoredTensor
  | CheckpointValue[]
  | Tuple<CheckpointValue>
  | CheckpointDict
  /** A Python set. */
  | Set<CheckpointKey>
  /** Python's bytes, or a bytearray. */
  | Uint8Array
  | Complex;

/** A Python dict, OrderedDict, defaultdict or Counter, in its order. */
export interface CheckpointDict extends Map<CheckpointKey, CheckpointValue> {}

/** Whether a node of a checkpoint's tree is a tensor. */
export function isStoredTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'readBytes' in value && 'shape' in value;
}

/** A dict's key as text: a string as it is, what is no string as Python writes it. */
export function keyText(key: CheckpointKey): string {
  if (typeof key === 'string') return key;
  return key instanceof Tuple
    ? `(${Array.from(key, nestedText).join(', ')}${key.length === 1 ? ',' : ''})`
    : plainText(key);
}

function nestedText(key: CheckpointKey): string {
  return typeof key === 'string' ? JSON.stringify(key) : keyText(key);
}

function plainText(key: Exclude<CheckpointKey, string | Tuple>): string {
  if (key instanceof Uint8Array) {
    return `bytes ${Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return key instanceof Complex ? `(${key})` : String(key);
}
