export { compileNotice } from './compile-notice.js';
export { eagerStep } from './eager-step.js';
export type { AttentionChoice, BackendName, Engine, EngineOptions, Precision, SharingHosts } from './engine.js';
export { EngineError, type EngineErrorCode, type EngineSetting } from './engine-error.js';
export { bindStep, FlatStep } from './flat-step.js';
export { type FusedKernel, type FusedKernelName, findFusedKernel } from './fused-kernels.js';
export { gpuPeakFlops, type ProductOperands } from './gpu-peak.js';
export type { CudaDriver, CudaGpu, DriverProbe, GpuProblemCode, GpuUse } from './gpu-use.js';
export { type HostGroup, type HostStore, isFirstHost } from './host-group.js';
export { type FloatTensor, type HostData, type HostTensor, scalarOf } from './host-tensor.js';
export { inputsAhead } from './inputs-ahead.js';
export { describeInstall, type InstallProgress, type OnProgress } from './install-progress.js';
export { putBelow, takeBranch } from './name-tree.js';
export { openEngine } from './open-engine.js';
export type { NvidiaWheel, PinnedWheel } from './pinned-wheel.js';
export { registerGradients } from './register-gradients.js';
export {
  meanOverReplicas,
  meansOverReplicas,
  minimumOverReplicas,
  reverseBatch,
  samplesOverReplicas,
  sumOverReplicas,
} from './replicas.js';
export { requireSharedBatch } from './shared-batch.js';
export type { StatusName } from './status-name.js';
export { requireTensor, type StepFunction, type TensorRecord } from './step-function.js';
export type { FlatInputs, FlatRunner, StagedInputs, StepRunner } from './step-runner.js';
export {
  type FeedTree,
  fill,
  flatten,
  type HostTree,
  type Outline,
  outlineOf,
  type PartialTree,
  type TensorTree,
} from './tensor-tree.js';
export { toTensors } from './to-tensors.js';
