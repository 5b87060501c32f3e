export { CheckpointError } from './checkpoint-error.js';
export {
  type CheckpointDict,
  type CheckpointKey,
  type CheckpointValue,
  isStoredTensor,
} from './checkpoint-value.js';
export { type DataType, dataTypes, type TensorData } from './data-type.js';
export type { HostTensor, TensorSource } from './host-tensor.js';
export { type Checkpoint, openCheckpoint } from './open-checkpoint.js';
export { readStateDict, type StateDict } from './read-state-dict.js';
export { openSafetensors, readSafetensors, type SafetensorsFile } from './safetensors-file.js';
export { readHostTensor, type StoredTensor, storedTensor } from './stored-tensor.js';
export { stripPrefixes } from './strip-prefixes.js';
export { openTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.js';
export type { WritableValue } from './tree-pickler.js';
export { Tuple } from './tuple.js';
export { writeSafetensors } from './write-safetensors.js';
export { writeTorchCheckpoint } from './write-torch-checkpoint.js';
