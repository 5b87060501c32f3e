export type { InstallProgress, OnProgress } from '@vjepa/engine';
export { checkDevice, type DeviceCheck, type LazyTensor, registerGradients, TraceError } from '@vjepa/trace';
export { cacheFolder } from './cache-folder.js';
export type {
  CompiledFunction,
  CompileOptions,
  Inputs,
  LoweredOperation,
  LowerOptions,
  StepProfile,
} from './compile.js';
export type { ThreadSettings } from './config-proto.js';
export { cpuFlags } from './cpu-features.js';
export { BACKEND, type EagerBackend } from './eager-backend.js';
export type { Device } from './eager-context.js';
export { endProcess } from './end-process.js';
export type { JoinedHosts } from './hosts/join-hosts.js';
export { publishesCuda } from './install/engine-release.js';
export { type InstallOptions, installTensorFlow } from './install.js';
export { findTensorFlow, type TensorFlowLocation } from './locate.js';
export { type LoadOptions, loadTensorFlow, type TensorFlowRuntime } from './runtime.js';
export { TensorFlowError, type TensorFlowErrorCode } from './tensorflow-error.js';
export type { OperationTime } from './trace/step-profile.js';
export { describeStepShares, type OperationShare, type StepShares, stepShares } from './trace/step-shares.js';
