import type { GpuUse } from './gpu-use.js';
import type { HostGroup } from './host-group.js';
import type { HostTensor } from './host-tensor.js';
import type { StepFunction } from './step-function.js';
import type { FlatRunner } from './step-runner.js';

/**
 * What the engine needs of @vjepa/tensorflow, which it finds at run time: the two packages import nothing of each other
 * but types, and only in the other direction.
 */
export interface TensorFlowModule {
  /** @throws Error with `code` 'not-installed' where there is no library to load */
  loadTensorFlow(options: {
    device?: 'cpu' | 'gpu' | 'all' | readonly number[] | undefined;
    tensorFloat32?: boolean | undefined;
  }): Promise<CompilingRuntime>;
  registerGradients(): void;
}

/** TensorFlow, loaded into this process: an eager backend of TensorFlow.js, and compiled steps. */
export interface CompilingRuntime {
  readonly version: string;
  /** The eager backend's name for `tf.setBackend`. */
  readonly backendName: string;
  readonly devices: readonly { readonly type: string }[];
  readonly gpu: GpuUse;
  /** Starts TensorFlow's server for steps that several processes run together. */
  joinHosts(group: HostGroup, options: { devices?: readonly string[] | undefined }): Promise<JoinedHosts>;
  compile(step: StepFunction, options: CompileSettings): FlatRunner;
}

/** See `JoinedHosts` of @vjepa/tensorflow. */
interface JoinedHosts {
  gatherFloats(values: Float32Array<ArrayBuffer>): Promise<Float32Array>;
}

/** See `CompileOptions` of @vjepa/tensorflow. */
interface CompileSettings {
  state: Record<string, HostTensor>;
  precision?: 'float32' | 'bfloat16' | undefined;
  fusedAttention?: boolean | undefined;
  device?: string | undefined;
  devices?: readonly string[] | undefined;
  /** What `joinHosts` gave. */
  hosts?: JoinedHosts | undefined;
}
