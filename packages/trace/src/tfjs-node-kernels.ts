import type { DataId, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { loadBundle } from './bundle.js';
import type { KernelConstants } from './kernel-constants.js';

/** A tensor on TensorFlow's side, as an executed operation reports it. `dtype` is a TensorFlow element type. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** One attribute of an operation; `type` is a `TF_ATTR_…` number of the binding. */
export interface OperationAttribute {
  name: string;
  type: number;
  value: boolean | number | string | number[] | boolean[] | null | undefined;
}

/** What a tensor is filled from: typed arrays, or for strings one Uint8Array of UTF-8 per element. */
export type BackendValues = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** What the kernels of tfjs-node call: in tfjs-node a native addon, here an eager binding or a graph tracer. */
export interface TensorFlowBinding extends KernelConstants {
  createTensor(shape: number[], dtype: number, values: BackendValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): BackendValues;
  executeOp(name: string, attributes: OperationAttribute[], inputs: number[], numOutputs: number): TensorMetadata[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

/** What tfjs-node's backend remembers of a tensor: values not yet written, or the id of a tensor of the binding. */
interface TensorRecord {
  shape: number[];
  dtype: number;
  values: BackendValues | null;
  id: number;
  refCount: number;
}

/** tfjs-node's backend: every kernel goes through `executeSingleOutput` or `executeMultipleOutputs`. */
export interface NodeJSKernelBackend extends KernelBackend {
  readonly binding: TensorFlowBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(id: DataId): TensorRecord; has(id: DataId): boolean; numDataIds(): number };
  executeSingleInput(name: string, input: TensorInfo): Tensor;
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: TensorInfo[],
    numOutputs: number,
  ): Tensor[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getInputTensorIds(tensors: TensorInfo[]): number[];
}

/** The class of tfjs-node's backend. */
export type NodeJSKernelBackendConstructor = new (
  binding: TensorFlowBinding,
  packageName: string,
) => NodeJSKernelBackend;

/** Registers tfjs-node's kernels under the backend name 'tensorflow' and returns the class their backend derives from. */
export function loadTfjsNodeKernels(): { NodeJSKernelBackend: NodeJSKernelBackendConstructor } {
  return loadBundle('kernels') as { NodeJSKernelBackend: NodeJSKernelBackendConstructor };
}
