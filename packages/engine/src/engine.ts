import type { GpuUse } from './gpu-use.js';
import type { HostGroup } from './host-group.js';
import type { StepFunction, TensorRecord } from './step-function.js';
import type { StepRunner } from './step-runner.js';
import type { HostTree } from './tensor-tree.js';

/**
 * TensorFlow's library, a plug-in of XLA's, or a backend of TensorFlow.js: `wasm`, `webgpu`, `webgl`, `cpu`, or one of
 * somebody else's.
 */
export type BackendName = 'tensorflow' | 'xla' | 'wasm' | 'webgpu' | 'webgl' | 'cpu' | (string & {});

/** Operands of matrix products. */
export type Precision = 'float32' | 'bfloat16';

/** What to compute with, and how. */
export interface EngineOptions {
  /**
   * What to compute with. Default: in Node TensorFlow if it can be found, else WebAssembly; in a browser the best of the
   * backends that are registered.
   */
  backend?: BackendName | undefined;
  /** `gpu`: a GPU or an error that says why there is none; `cpu`: no GPU. Default: a GPU where one can be used. */
  device?: 'cpu' | 'gpu' | undefined;
  /**
   * Several GPUs that share each batch: all that can be used, or those of these numbers; each of them or an error. Or
   * devices by TensorFlow's names; with XLA and `device: 'cpu'`, so many parts of the CPU. Default: one device.
   */
  devices?: 'all' | readonly number[] | readonly `/device:${string}`[] | undefined;
  /**
   * Several devices of XLA: each keeps its part of a step's parameters, averages and moments instead of all of them (ZeRO, FSDP),
   * so that models train whose state one has no room for. With `hosts` each host's devices have all of it. Default: false.
   */
  shardState?: boolean | undefined;
  /**
   * Processes that share each batch with this one, which feeds its part of it: by TensorFlow, through its own collective
   * operations over gRPC, or by XLA on GPUs, in one program of all through NCCL. Default: this process alone.
   */
  hosts?: HostGroup | undefined;
  /** Run steps operation by operation instead of compiled. Default: false. */
  eager?: boolean | undefined;
  /** Operands of matrix products in compiled steps; anything else computes in float32. Default: float32. */
  precision?: Precision | undefined;
  /** Let a GPU round the operands of float32 products to TF32. Default: false. */
  tensorFloat32?: boolean | undefined;
  /**
   * Attention through cuDNN's fused kernels: on a GPU, in bfloat16, in compiled steps. `true` asks for it, an error where it
   * cannot be had; `false` forbids it. Default: with XLA on CUDA devices of compute capability 8.0 or newer where shapes
   * allow it, with TensorFlow never.
   */
  fusedAttention?: boolean | undefined;
}

/** Whether attention is cuDNN's. */
export interface AttentionChoice {
  fused: boolean;
  /** For people: `compute capability 9.0 and bfloat16`, `cpu has no cuDNN`. */
  because: string;
}

/** The processes that share an engine's steps, as one of them sees them. */
export interface SharingHosts extends Pick<HostGroup, 'index' | 'count'> {
  /** All hosts' numbers, as many of each: one host's after the other's. All ask at the same place of what they do. */
  gatherFloats(values: Float32Array<ArrayBuffer>): Promise<Float32Array>;
}

/** What steps run on. Its backend is also the active one of TensorFlow.js; XLA's is none of those. */
export interface Engine {
  backend: BackendName;
  /** Whether steps are compiled whole, or run operation by operation. */
  compiled: boolean;
  /** Of the operands of matrix products. */
  precision: Precision;
  /** Whether attention goes through cuDNN's fused kernels, where its shapes allow it. */
  fusedAttention?: true;
  /** Whether it does so and why, where the engine has chosen it by the device: XLA. */
  attention?: AttentionChoice;
  /** Devices that share each batch of a step, those of all hosts together. */
  devices: number;
  /** Where several processes share a batch: which of how many this is. Steps take its part of the batch's samples. */
  hosts?: SharingHosts;
  /** The same without the other hosts, for steps that this process runs by itself. */
  alone?: Engine;
  /** What they can do together, in floating-point operations a second, where that is known: of GPUs by their names. */
  peakFlops?: number;
  /** Where it computes, for people: `CPU`, `GPU 0 (NVIDIA H200)`. */
  place: string;
  /** How it computes, for people: `compiled steps, float32 products`, `operation by operation`. */
  mode: string;
  /** One line for people: what was chosen and why. */
  description: string;
  /** The engine's own version, for records. */
  version: string;
  /** Which GPUs are used, and if none is, why; undefined where the engine knows of none. */
  gpu?: GpuUse;
  /** Why it is not TensorFlow, which would be faster, where nothing else was asked for. */
  withoutTensorFlow?: string;
  /** Binds a step to its state. */
  bind<State = TensorRecord, Inputs = TensorRecord, Outputs = TensorRecord>(
    step: StepFunction<State, Inputs, Outputs>,
    state: NoInfer<HostTree<State>>,
  ): StepRunner<State, Inputs, Outputs>;
}
