import type { StoredTensor } from './stored-tensor.js';
import type { Tuple } from './tuple.js';

/** A key of a Python dict in a checkpoint. */
export type CheckpointKey = string | number | bigint | boolean | null;

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
  | CheckpointDict;

/** A Python dict or OrderedDict, in its order. */
export interface CheckpointDict extends Map<CheckpointKey, CheckpointValue> {}

/** Whether a node of a checkpoint's tree is a tensor. */
export function isStoredTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'readBytes' in value && 'shape' in value;
}
