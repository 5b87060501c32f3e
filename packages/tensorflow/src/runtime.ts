import { dirname } from 'node:path';
import type { CApi } from './c-api.js';
import { findLibraries, loadCApi } from './c-api.js';
import { type CompiledFunction, type CompileOptions, compile } from './compile.js';
import { configProto, type ThreadSettings } from './config-proto.js';
import { runsTensorFlow } from './cpu-features.js';
import { openCudaLibraries } from './cuda/cuda-libraries.js';
import { probeDriver } from './cuda/driver.js';
import { type GpuUse, gpuUse } from './cuda/gpu-use.js';
import { DataType } from './data-type.js';
import { BACKEND, type EagerBackend, registerEagerBackend } from './eager-backend.js';
import { createEagerContext, type Device, type EagerContext } from './eager-context.js';
import { loadKoffi } from './koffi.js';
import { findTensorFlow, type TensorFlowLocation } from './locate.js';
import { tensorFloat32Switch } from './tensor-float-32.js';
import { TensorFlowError } from './tensorflow-error.js';
import { RegisteredKernels } from './trace/registered-kernels.js';
import type { StepFunction } from './trace/trace-function.js';

export interface LoadOptions extends ThreadSettings {
  /** The folder that holds libtensorflow, or the library itself. Without it, {@link findTensorFlow} looks. */
  path?: string;
  /**
   * `gpu`: a GPU or an error that says why there is none; `cpu`: no GPU even where there is one. Default: the GPUs if
   * they can be used, else the CPU, and {@link TensorFlowRuntime.gpu} says why.
   */
  device?: 'cpu' | 'gpu' | undefined;
  /** Lets TensorFlow print its own informational messages and warnings to stderr. Default: errors only. */
  verbose?: boolean;
}

/** TensorFlow, loaded into this process. */
export interface TensorFlowRuntime {
  /** TensorFlow's own version, e.g. `2.21.0`. */
  readonly version: string;
  readonly libraryPath: string;
  readonly source: TensorFlowLocation['source'];
  /** What it can compute on; the first GPU if there is one, else the CPU, is the default. */
  readonly devices: readonly Device[];
  /** Which GPUs are used, and if none is, why. */
  readonly gpu: GpuUse;
  /** The eager backend's name for `tf.setBackend`. */
  readonly backendName: typeof BACKEND;
  readonly backend: EagerBackend;
  readonly threads: Required<ThreadSettings>;
  /** The C API itself, for what this package does not wrap. */
  readonly api: CApi;
  /** Makes a pure function of TensorFlow.js operations into one that runs whole inside TensorFlow. */
  compile(fn: StepFunction, options: CompileOptions): CompiledFunction;
}

/** Lets every session have as many threads as it asks for, whatever the first one in the process asked for. */
const SEPARATE_THREAD_POOLS = { TF_OVERRIDE_GLOBAL_THREADPOOL: '1' };

let loading: Promise<TensorFlowRuntime> | undefined;

/**
 * Finds and loads TensorFlow, and registers the eager backend 'tensorflow' with tfjs-core (without making it the active
 * one). A process has one TensorFlow: further calls return the first one's, whatever their options.
 *
 * @throws TensorFlowError `not-installed` if there is none to load, `not-loadable` if the system refuses it or the
 *   processor could not run it, `no-gpu` if a GPU was asked for and none can be used.
 */
export async function loadTensorFlow(options: LoadOptions = {}): Promise<TensorFlowRuntime> {
  loading ??= load(options);
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function load({
  path,
  device,
  verbose,
  intraOpThreads = 0,
  interOpThreads = 0,
}: LoadOptions): Promise<TensorFlowRuntime> {
  const location = await findTensorFlow({ path });
  if (location === undefined) {
    throw new TensorFlowError(
      'not-installed',
      'no TensorFlow was found: neither VJEPA_TENSORFLOW_PATH nor a Python environment nor the cache has one. ' +
        'installTensorFlow(), or `vjepa runtime install`, fetches it.',
    );
  }
  if (location.source !== 'path' && !runsTensorFlow()) {
    throw new TensorFlowError(
      'not-loadable',
      `${location.libraryPath} is made of AVX instructions, which this processor lacks; ` +
        'VJEPA_TENSORFLOW_PATH may name the folder of a build without them',
    );
  }
  const environment = { ...SEPARATE_THREAD_POOLS, ...(verbose ? {} : { TF_CPP_MIN_LOG_LEVEL: '2' }) };
  const koffi = loadKoffi();
  const probe = probeDriver(koffi);
  const missingLibraries = 'driver' in probe ? openCudaLibraries(koffi, location.libraryPath) : [];
  const api = loadCApi(location.libraryPath, { environment });
  const threads = { intraOpThreads, interOpThreads };
  const builtForGpu = new RegisteredKernels(api, '/device:GPU:0').has('MatMul', DataType.FLOAT);
  const found = { probe, builtForGpu, missingLibraries, used: 0, hidden: device === 'cpu' };
  const { context, gpu } = openContext(api, threads, found);
  if (device === 'gpu' && gpu.used === 0) {
    context.dispose();
    throw new TensorFlowError('no-gpu', gpu.problem?.reason ?? (probe as { reason: string }).reason);
  }
  const libraries = findLibraries(dirname(location.libraryPath));
  const setTensorFloat32 = libraries && tensorFloat32Switch(koffi, libraries.framework);
  setTensorFloat32?.(false);
  const deviceCounts = gpu.used === 0 ? NO_GPU : undefined;
  const backend = registerEagerBackend(api, context);
  return {
    version: api.TF_Version() ?? 'unknown',
    libraryPath: location.libraryPath,
    source: location.source,
    devices: context.devices,
    gpu,
    backendName: BACKEND,
    backend,
    threads,
    api,
    compile: (fn, options) =>
      compile({ api, backend, threads, deviceCounts, setTensorFloat32 }, fn, {
        device: firstGpu(context.devices),
        ...options,
      }),
  };
}

const NO_GPU = { GPU: 0 } as const;

/** A GPU with less than this free, in bytes, cannot hold even a small step. */
const LEAST_GPU_MEMORY = 256 * 2 ** 20;

/**
 * Opens the eager context, on GPUs where nothing speaks against it. What is known to fail is not tried, and where
 * TensorFlow refuses to start on a GPU all the same (one without free memory, say), the CPU serves.
 */
function openContext(
  api: CApi,
  threads: ThreadSettings,
  found: Parameters<typeof gpuUse>[0],
): { context: EagerContext; gpu: GpuUse } {
  const onCpu = () => createEagerContext(api, configProto({ ...threads, deviceCounts: NO_GPU }));
  const { problem } = gpuUse(found);
  if (problem !== undefined && problem.code !== 'refused') return { context: onCpu(), gpu: gpuUse(found) };
  try {
    const context = createEagerContext(api, configProto(threads));
    const gpus = context.devices.filter(({ type }) => type === 'GPU');
    const most = Math.max(...gpus.map(({ memoryBytes }) => memoryBytes));
    if (gpus.length === 0 || most >= LEAST_GPU_MEMORY) {
      return { context, gpu: gpuUse({ ...found, used: gpus.length }) };
    }
    context.dispose();
    return {
      context: onCpu(),
      gpu: gpuUse({ ...found, failure: `out of memory: ${Math.max(0, most)} bytes are free` }),
    };
  } catch (error) {
    if (!('driver' in found.probe)) throw error;
    return { context: onCpu(), gpu: gpuUse({ ...found, failure: (error as Error).message }) };
  }
}

/** The short name of the first GPU, if there is one. */
function firstGpu(devices: readonly Device[]): string | undefined {
  const name = devices.find(({ type }) => type === 'GPU')?.name;
  return name && /\/device:GPU:\d+$/.exec(name)?.[0];
}
