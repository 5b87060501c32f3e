export { cacheFolder } from './cache-folder.js';
export type { ThreadSettings } from './config-proto.js';
export { BACKEND, type EagerBackend } from './eager-backend.js';
export type { Device } from './eager-context.js';
export { findTensorFlow, type TensorFlowLocation } from './locate.js';
export { registerGradients } from './register-gradients.js';
export { type LoadOptions, loadTensorFlow, type TensorFlowRuntime } from './runtime.js';
export { TensorFlowError, type TensorFlowErrorCode } from './tensorflow-error.js';
