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

/** The driver, or in words why there is none to use. */
export type DriverProbe =
  | {
      driver: CudaDriver;
      /** Why its management library cannot be opened, without which TensorFlow uses no GPU; undefined where it can. */
      withoutManagement?: string | undefined;
      /**
       * Starts on a GPU, by its place in the driver's list, as TensorFlow would, which ends the process where that fails.
       *
       * @returns free memory in bytes, or why it cannot be started on
       */
      start(gpu: number): number | string;
    }
  | { missing: 'library' | 'device'; reason: string };
