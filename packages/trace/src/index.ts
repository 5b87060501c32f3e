export { batchAxis, joinOutputs } from './batch-parts.js';
export { checkDevice, type DeviceCheck } from './check-device.js';
export { bytesPerElement, DataType, dataTypeName } from './data-type.js';
export {
  type Dimension,
  type Expression,
  evaluate,
  isDynamic,
  isStatic,
  sizeOf,
} from './dimension.js';
export { type DynamicAxes, DynamicLengths, defaultDynamicAxes } from './dynamic-lengths.js';
export { eagerBackendClass } from './eager-backend-class.js';
export { dataTypeOf, isLazy, type LazyTensor, type Refusal, toHostTensor } from './host-tensor.js';
export { AttributeType, KernelConstants } from './kernel-constants.js';
export { registerOwnKernels } from './kernels/register.js';
export { ACROSS_REPLICAS, ACROSS_REPLICAS_KERNELS, type AcrossReplicas } from './lower/across-replicas.js';
export type { AttentionForm } from './lower/fused-kernel.js';
export { SUM_WITHIN_CLIPS } from './lower/gather-tokens.js';
export { GraphWriter, isSmall } from './lower/graph-writer.js';
export { variablesOf } from './lower/in-place.js';
export { type LoweredGraph, type LowerOptions, lowerTrace } from './lower/lower-trace.js';
export { type Attribute, type Attributes, type Node, nameOf, nodesBefore, type Value } from './node.js';
export { nodeAttributes } from './node-attributes.js';
export { type Origin, userLine } from './origin.js';
export { FixedSizes, warnOfManySizes } from './padded-inputs.js';
export { Recorder, type TensorSpec } from './recorder.js';
export { registerGradients } from './register-gradients.js';
export { type InferredResult, knownSizes, type ShapeInference } from './shape-inference.js';
export { type StridedSlice, stridedSlice } from './shapes/arrangement.js';
export { shapeRules } from './shapes/shape-rules.js';
export { channelAxis, spatialAxes, type WindowAxis, windowAxes } from './shapes/window-axes.js';
export { type BatchParts, SharedBatch } from './shared-batch.js';
export { Staged } from './staged-inputs.js';
export { asTensors, specsOf, stateSpecs } from './step-specs.js';
export { firstRows, joinParts, partOf } from './tensor-parts.js';
export type {
  BackendValues,
  NodeJSKernelBackend,
  OperationAttribute,
  TensorFlowBinding,
  TensorMetadata,
} from './tfjs-node-kernels.js';
export { TraceError } from './trace-error.js';
export type { Specs, Trace } from './trace-function.js';
export { type TraceOptions, traceStep } from './trace-step.js';
export { WorkUnderWay } from './work-under-way.js';
