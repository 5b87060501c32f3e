// What `import '@vjepa/checkpoints'` gives in a browser bundle: the readers, of a Blob or of bytes.
export { CheckpointError } from './checkpoint-error.js';
export type { CheckpointFile } from './checkpoint-file.js';
export {
  type CheckpointDict,
  type CheckpointKey,
  type CheckpointValue,
  isStoredTensor,
} from './checkpoint-value.js';
export { compareShapes, requireSameShapes, type ShapeComparison, type ShapeMismatch } from './compare-shapes.js';
export { Complex } from './complex.js';
export type { DataType, TensorData } from './data-type.js';
export type { HostTensor } from './host-tensor.js';
export { fromHuggingFace, toHuggingFace } from './hugging-face.js';
export type { HuggingFaceConfig } from './hugging-face-config.js';
export { isHuggingFaceFolder } from './hugging-face-folder.js';
export {
  type DescribeOptions,
  describeInspection,
  type Inspection,
  type InspectionNode,
  inspectCheckpoint,
} from './inspect-checkpoint.js';
export type { ModelUse } from './model-uses.js';
export { modelVersion, type VersionEvidence } from './model-version.js';
export { openCheckpoint } from './open-checkpoint.js';
export type { Checkpoint } from './open-checkpoint-file.js';
export { openPretrainingCheckpoint, type StoredPretrainingCheckpoint } from './open-pretraining-checkpoint.js';
export type { Moments, NamedTensors, OptimizerState, PretrainingCheckpoint } from './pretraining-checkpoint.js';
export { readStateDict, type StateDict } from './read-state-dict.js';
export { describeModels } from './recognize-models.js';
export type { RecognizedModel } from './recognized-model.js';
export { openSafetensors, readSafetensors, type SafetensorsFile } from './safetensors-file.js';
export { type StoredTensor, storedTensor } from './stored-tensor.js';
export { stripPrefixes } from './strip-prefixes.js';
export type { TensorSource } from './tensor-source.js';
export { openTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.js';
export { Tuple } from './tuple.js';
