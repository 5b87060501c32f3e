export * from './browser.js';
export { type ConvertOptions, convertCheckpoint } from './convert-checkpoint.js';
export type { Conversion, ModelNames } from './convert-names.js';
export type { HuggingFaceOptions } from './new-hugging-face-config.js';
export type { WritableValue } from './tree-pickler.js';
export { writePretrainingCheckpoint } from './write-pretraining-checkpoint.js';
export { writeSafetensors } from './write-safetensors.js';
export { writeTorchCheckpoint } from './write-torch-checkpoint.js';
