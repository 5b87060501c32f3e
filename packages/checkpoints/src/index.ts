export { adamwOrder, type OptimizerParameter } from './adamw-order.js';
export { CheckpointError } from './checkpoint-error.js';
export {
  type CheckpointDict,
  type CheckpointKey,
  type CheckpointValue,
  isStoredTensor,
} from './checkpoint-value.js';
export {
  compareShapes,
  describeMismatch,
  requireSameShapes,
  type ShapeComparison,
  type ShapeMismatch,
} from './compare-shapes.js';
export { Complex } from './complex.js';
export { type ConvertOptions, convertCheckpoint } from './convert-checkpoint.js';
export { type DataType, dataTypes, type TensorData } from './data-type.js';
export { elementCount, type HostTensor, type TensorSource } from './host-tensor.js';
export { fromHuggingFace, isHuggingFace, toHuggingFace } from './hugging-face.js';
export { HUGGING_FACE_PREFIX, huggingFaceNames, maskTokenNames, type NameRule } from './hugging-face-names.js';
export { describeInspection, type Inspection, type InspectionNode, inspectCheckpoint } from './inspect-checkpoint.js';
export { type Checkpoint, openCheckpoint } from './open-checkpoint.js';
export { openPretrainingCheckpoint, type StoredPretrainingCheckpoint } from './open-pretraining-checkpoint.js';
export type { Moments, NamedTensors, OptimizerState, PretrainingCheckpoint } from './pretraining-checkpoint.js';
export { readStateDict, type StateDict } from './read-state-dict.js';
export { openSafetensors, readSafetensors, type SafetensorsFile } from './safetensors-file.js';
export { readHostTensor, type StoredTensor, storedTensor } from './stored-tensor.js';
export { stripPrefixes } from './strip-prefixes.js';
export { openTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.js';
export type { WritableValue } from './tree-pickler.js';
export { Tuple } from './tuple.js';
export { writePretrainingCheckpoint } from './write-pretraining-checkpoint.js';
export { writeSafetensors } from './write-safetensors.js';
export { writeTorchCheckpoint } from './write-torch-checkpoint.js';
