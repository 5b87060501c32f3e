import type { CudaDriver, DriverProbe, GpuProblemCode } from '@vjepa/engine';

/** The oldest CUDA a driver may be for: the libraries of CUDA 12 run on every driver for 12.0 or newer. */
const OLDEST_CUDA = '12.0';
/** And that driver, by NVIDIA's table of compatibility. */
const OLDEST_DRIVER = '525.60.13';
/** The wheels' own kernels begin here. */
const OLDEST_CAPABILITY = '6.0';

/** Less free memory than this, in bytes, does not hold even a small step. */
const LEAST_MEMORY = 512 * 2 ** 20;

/** Which GPUs are wanted: the first that can be used, all of those, or the ones with these numbers of the driver's. */
export type GpuSelection = 'none' | 'first' | 'all' | readonly number[];

interface Problem {
  code: GpuProblemCode;
  reason: string;
}

/** What is known before TensorFlow starts. */
interface Circumstances {
  probe: DriverProbe;
  builtForGpu: boolean;
  wanted: GpuSelection;
  /** What could not be opened of the CUDA libraries. */
  missingLibraries: readonly string[];
}

/**
 * Which GPUs TensorFlow is to be started on, by their numbers, and if on none, why. Whatever is known to fail is not
 * tried: TensorFlow registers nothing then without a word, or ends the process.
 */
export function chooseGpus(found: Circumstances): { gpus: number[]; problem?: Problem } {
  const { probe, wanted } = found;
  const general = generalProblem(found);
  if (general !== undefined || !('driver' in probe)) return { gpus: [], ...(general && { problem: general }) };
  const { gpus } = probe.driver;
  const numbers = Array.isArray(wanted) ? (wanted as readonly number[]) : gpus.keys();
  const chosen: number[] = [];
  let problem: Problem | undefined;
  for (const number of numbers) {
    const own = gpuProblem(number, probe);
    problem ??= own;
    if (own === undefined) chosen.push(number);
    // Who names GPUs wants all of them.
    else if (Array.isArray(wanted)) return { gpus: [], problem: own };
    if (wanted === 'first' && chosen.length > 0) break;
  }
  return chosen.length > 0 ? { gpus: chosen } : { gpus: [], ...(problem && { problem }) };
}

/** What is to be said where nothing spoke against a GPU, and TensorFlow registered none all the same. */
export function notRegistered({ withoutManagement }: Extract<DriverProbe, { driver: CudaDriver }>): Problem {
  if (withoutManagement === undefined) return { code: 'refused', reason: UNEXPLAINED };
  return {
    code: 'driver-incomplete',
    reason: `a part of the NVIDIA driver that TensorFlow needs is missing: ${withoutManagement}`,
  };
}

const UNEXPLAINED = 'TensorFlow registered no GPU; with TF_CPP_MIN_LOG_LEVEL=0 it prints why';

/** What speaks against every GPU. Nothing is said where there is neither one nor a build for one. */
function generalProblem({ probe, builtForGpu, wanted, missingLibraries }: Circumstances): Problem | undefined {
  if (!builtForGpu && !('driver' in probe)) return undefined;
  if (wanted === 'none') return { code: 'not-asked-for', reason: 'the CPU was asked for' };
  if (!('driver' in probe)) {
    return { code: probe.missing === 'library' ? 'no-driver' : 'no-device', reason: probe.reason };
  }
  const { version, cuda, gpus } = probe.driver;
  if (!builtForGpu) {
    const names = gpus.map(({ name }) => name).join(', ');
    return { code: 'built-without-gpu', reason: `this TensorFlow is built without CUDA; there is ${names}` };
  }
  if (older(cuda, OLDEST_CUDA)) {
    const reason =
      `the NVIDIA driver${version === undefined ? '' : ` ${version}`} is for CUDA ${cuda}; ` +
      `TensorFlow needs ${OLDEST_DRIVER} or newer, for CUDA 12`;
    return { code: 'driver-too-old', reason };
  }
  if (missingLibraries.length > 0) {
    return { code: 'library-missing', reason: `CUDA libraries are missing: ${missingLibraries.join('; ')}` };
  }
  return undefined;
}

/** What speaks against one GPU. */
function gpuProblem(number: number, probe: Extract<DriverProbe, { driver: CudaDriver }>): Problem | undefined {
  const gpu = probe.driver.gpus[number];
  if (gpu === undefined) {
    const last = probe.driver.gpus.length - 1;
    return {
      code: 'no-device',
      reason: `there is no GPU ${number}; the driver sees ${last > 0 ? `0 to ${last}` : '0 only'}`,
    };
  }
  const name = `GPU ${number}, ${gpu.name},`;
  if (older(gpu.computeCapability, OLDEST_CAPABILITY)) {
    const reason = `${name} has compute capability ${gpu.computeCapability}, and TensorFlow's kernels begin at ${OLDEST_CAPABILITY}`;
    return { code: 'no-kernels', reason };
  }
  const free = probe.start(number);
  if (typeof free === 'number' && free >= LEAST_MEMORY) return undefined;
  const [of, megabytes] = [gpu.memoryBytes, free].map((bytes) => `${Math.round(Number(bytes) / 2 ** 20)} MiB`);
  if (typeof free === 'number') {
    return { code: 'no-memory', reason: `${name} has ${megabytes} of ${of} free; other programs hold the rest` };
  }
  return /OUT_OF_MEMORY/.test(free)
    ? { code: 'no-memory', reason: `${name} has none of its ${of} free; other programs hold it` }
    : { code: 'refused', reason: `${name} cannot be started on: ${free}` };
}

/** Whether version `a` is older than `b`. */
function older(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0;
}
