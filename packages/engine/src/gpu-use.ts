/** One GPU, as NVIDIA's driver describes it. */
export interface CudaGpu {
  name: string;
  /** E.g. 9.0 for an H100. */
  computeCapability: string;
  memoryBytes: number;
}

/** NVIDIA's driver and what it drives. */
export interface CudaDriver {
  /** The driver's own version, e.g. `550.54.15`; undefined where its management library does not tell. */
  version?: string;
  /** The newest CUDA it can run, e.g. `12.4`. */
  cuda: string;
  gpus: CudaGpu[];
}

/** Why GPUs are not used, for programs to act on. */
export type GpuProblemCode =
  | 'built-without-gpu'
  | 'no-driver'
  | 'no-device'
  | 'driver-too-old'
  | 'driver-incomplete'
  | 'library-missing'
  | 'no-kernels'
  | 'no-memory'
  | 'not-asked-for'
  | 'refused';

/** What this process computes on, as far as GPUs go. */
export interface GpuUse {
  /** GPUs TensorFlow uses. */
  used: number;
  /** Their numbers in the driver's list, in the order in which TensorFlow counts them; there if any are used. */
  numbers?: readonly number[] | undefined;
  /** What NVIDIA's driver says; undefined where there is none. */
  driver?: CudaDriver | undefined;
  /** Whether this TensorFlow has kernels for GPUs. */
  builtForGpu: boolean;
  /**
   * Why not, in words, where a GPU or a build for GPUs is there and none is used. Undefined where one is used, and where
   * there is neither.
   */
  problem?: { code: GpuProblemCode; reason: string } | undefined;
}
