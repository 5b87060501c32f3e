import type { CudaDriver, DriverProbe } from './driver.js';

/** Why GPUs are not used, for programs to act on. */
export type GpuProblemCode =
  | 'built-without-gpu'
  | 'no-driver'
  | 'no-device'
  | 'driver-too-old'
  | 'library-missing'
  | 'no-kernels'
  | 'no-memory'
  | 'not-asked-for'
  | 'refused';

/** What this process computes on, as far as GPUs go. */
export interface GpuUse {
  /** GPUs TensorFlow uses. */
  used: number;
  /** What NVIDIA's driver says; undefined where there is none. */
  driver?: CudaDriver;
  /** Whether this TensorFlow has kernels for GPUs. */
  builtForGpu: boolean;
  /**
   * Why not, in words, where a GPU or a build for GPUs is there and none is used. Undefined where one is used, and where
   * there is neither.
   */
  problem?: { code: GpuProblemCode; reason: string };
}

/** The oldest CUDA a driver may be for: the libraries of CUDA 12 run on every driver for 12.0 or newer. */
const OLDEST_CUDA = '12.0';
/** And that driver, by NVIDIA's table of compatibility. */
export const OLDEST_DRIVER = '525.60.13';
/** The wheels' own kernels begin here. */
const OLDEST_CAPABILITY = '6.0';

interface Circumstances {
  probe: DriverProbe;
  builtForGpu: boolean;
  /** GPUs TensorFlow has registered. */
  used: number;
  /** What could not be opened of the CUDA libraries. */
  missingLibraries: readonly string[];
  /** What TensorFlow said when it refused to start on the GPUs. */
  failure?: string;
  /** GPUs were not wanted. */
  hidden?: boolean;
}

/** Puts together what was found, and finds the first reason for which no GPU is used. */
export function gpuUse(found: Circumstances): GpuUse {
  const { probe, builtForGpu, used } = found;
  const driver = 'driver' in probe ? probe.driver : undefined;
  const problem = used > 0 || (driver === undefined && !builtForGpu) ? undefined : problemOf(found, driver);
  return { used, builtForGpu, ...(driver && { driver }), ...(problem && { problem }) };
}

function problemOf(
  { probe, builtForGpu, missingLibraries, failure, hidden }: Circumstances,
  driver: CudaDriver | undefined,
): { code: GpuProblemCode; reason: string } {
  if (hidden) return { code: 'not-asked-for', reason: 'the CPU was asked for' };
  if (driver === undefined) {
    const { missing, reason } = probe as Exclude<DriverProbe, { driver: CudaDriver }>;
    return { code: missing === 'library' ? 'no-driver' : 'no-device', reason };
  }
  const gpus = driver.gpus.map(({ name }) => name).join(', ');
  if (!builtForGpu)
    return { code: 'built-without-gpu', reason: `this TensorFlow is built without CUDA; there is ${gpus}` };
  if (older(driver.cuda, OLDEST_CUDA)) {
    const version = driver.version === undefined ? '' : ` ${driver.version}`;
    return {
      code: 'driver-too-old',
      reason: `the NVIDIA driver${version} is for CUDA ${driver.cuda}; TensorFlow needs ${OLDEST_DRIVER} or newer, for CUDA 12`,
    };
  }
  if (driver.gpus.every(({ computeCapability }) => older(computeCapability, OLDEST_CAPABILITY))) {
    const [gpu] = driver.gpus;
    return {
      code: 'no-kernels',
      reason: `${gpu!.name} has compute capability ${gpu!.computeCapability}, and TensorFlow's kernels begin at ${OLDEST_CAPABILITY}`,
    };
  }
  if (missingLibraries.length > 0) {
    return { code: 'library-missing', reason: `CUDA libraries are missing: ${missingLibraries.join('; ')}` };
  }
  if (failure !== undefined && /out of memory|OUT_OF_MEMORY|RESOURCE_EXHAUSTED/i.test(failure)) {
    return {
      code: 'no-memory',
      reason: `${gpus} has no memory left to begin with (${failure}); other programs hold it`,
    };
  }
  return {
    code: 'refused',
    reason: failure ?? `TensorFlow registered none of ${gpus}; with TF_CPP_MIN_LOG_LEVEL=0 it prints why`,
  };
}

/** Whether version `a` is older than `b`. */
export function older(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0;
}
