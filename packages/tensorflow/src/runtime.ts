import { dirname, join } from 'node:path';
import type { DriverProbe, GpuUse, HostGroup, StepFunction } from '@vjepa/engine';
import { CUDA_12_WHEELS, openCudaLibraries, probeDriver } from '@vjepa/native';
import { DataType } from '@vjepa/trace';
import { type CApi, findLibraries, loadCApi } from './c-api.js';
import {
  type CompiledFunction,
  type CompileOptions,
  compile,
  type LoweredOperation,
  type LowerOptions,
  lower,
} from './compile.js';
import { configProto, type ThreadSettings } from './config-proto.js';
import { runsTensorFlow } from './cpu-features.js';
import { chooseGpus, type GpuSelection, notRegistered } from './cuda/gpu-use.js';
import { BACKEND, type EagerBackend, registerEagerBackend } from './eager-backend.js';
import { createEagerContext, type Device, type EagerContext } from './eager-context.js';
import { type JoinedHosts, joinHosts } from './hosts/join-hosts.js';
import { loadKoffi } from './koffi.js';
import { findTensorFlow, type TensorFlowLocation } from './locate.js';
import { tensorFloat32Switch, withTensorFloat32 } from './tensor-float-32.js';
import { TensorFlowError } from './tensorflow-error.js';
import { RegisteredKernels } from './trace/registered-kernels.js';

/** Which library is loaded, for which device, with how many threads. */
export interface LoadOptions extends ThreadSettings {
  /** The folder that holds libtensorflow, or the library itself. Without it, {@link findTensorFlow} looks. */
  path?: string | undefined;
  /**
   * `gpu`: the first GPU that can be used; `all`: every one of those; numbers: those of the driver's list; each of them or
   * an error that says why not. `cpu`: no GPU even where there is one. Default: the first GPU that can be used, else the
   * CPU, and {@link TensorFlowRuntime.gpu} says why. Other GPUs are not touched.
   */
  device?: 'cpu' | 'gpu' | 'all' | readonly number[] | undefined;
  /**
   * Lets NVIDIA GPUs round the operands of float32 products to TF32's 10 bits, several times as fast on those since 2020
   * and off by 1e-3. Default: false; where bfloat16 was asked for, what is left in float32 may be TF32 either way.
   */
  tensorFloat32?: boolean | undefined;
  /** Lets TensorFlow print its own informational messages and warnings to stderr. Default: errors only. */
  verbose?: boolean | undefined;
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
  /**
   * Starts TensorFlow's server for functions that several processes run together ({@link CompileOptions.hosts}); once in
   * a process. Servers obey whoever reaches them: the network between the hosts must be a trusted one.
   *
   * @param options.devices those that functions will be compiled for, by name. Default: the first
   * @throws TensorFlowError where the server does not start or another host has another version
   */
  joinHosts(group: HostGroup, options?: { devices?: readonly string[] | undefined }): Promise<JoinedHosts>;
  /** Makes a pure function of TensorFlow.js operations into one that runs whole inside TensorFlow. */
  compile(fn: StepFunction, options: CompileOptions): CompiledFunction;
  /** The operations a function would be compiled to for a device that need not be there. */
  lower(fn: StepFunction, options: LowerOptions): LoweredOperation[];
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
  let runtime: TensorFlowRuntime;
  try {
    runtime = await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
  // An earlier call may have settled for the CPU.
  if (options.device !== undefined && options.device !== 'cpu' && runtime.gpu.used === 0) {
    throw new TensorFlowError('no-gpu', runtime.gpu.problem?.reason ?? 'there is no GPU');
  }
  return runtime;
}

async function load({
  path,
  device,
  verbose,
  tensorFloat32 = false,
  intraOpThreads = 0,
  interOpThreads = 0,
}: LoadOptions): Promise<TensorFlowRuntime> {
  const location = await findTensorFlow({ path });
  if (location === undefined) {
    throw new TensorFlowError(
      'not-installed',
      'no TensorFlow was found: neither VJEPA_TENSORFLOW_PATH nor a Python environment nor the cache has one. ' +
        'installTensorFlow() fetches it.',
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
  const api = loadCApi(location.libraryPath, { environment });
  const threads = { intraOpThreads, interOpThreads };
  const builtForGpu = new RegisteredKernels(api, '/device:GPU:0').has('MatMul', DataType.FLOAT);
  const missingLibraries =
    'driver' in probe && builtForGpu
      ? openCudaLibraries(koffi, join(dirname(location.libraryPath), '..', 'nvidia'), CUDA_12_WHEELS)
      : [];
  const { gpus, problem } = chooseGpus({ probe, builtForGpu, missingLibraries, wanted: selection(device) });
  if (device !== undefined && device !== 'cpu' && gpus.length === 0) {
    throw new TensorFlowError('no-gpu', problem?.reason ?? ('reason' in probe ? probe.reason : 'there is no GPU'));
  }
  const context = createEagerContext(api, configProto({ ...threads, gpus }));
  const gpu = gpuUse({ probe, builtForGpu, problem, context, gpus });
  const libraries = findLibraries(dirname(location.libraryPath));
  const allow = libraries && tensorFloat32Switch(koffi, libraries.framework);
  const inTensorFloat32 = withTensorFloat32((allowed) => allow?.(allowed || tensorFloat32));
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
    joinHosts: (group, { devices = [] } = {}) => {
      const cpuDevices = devices.filter((device) => device.includes('CPU')).length;
      return joinHosts(api, group, { cpuDevices, gpus });
    },
    compile: (fn, options) =>
      compile({ api, threads, gpus, inTensorFloat32 }, fn, {
        device: firstGpu(context.devices),
        ...options,
      }),
    lower: (fn, options) => lower({ api }, fn, options),
  };
}

function selection(device: LoadOptions['device']): GpuSelection {
  if (device === undefined || device === 'gpu') return 'first';
  return device === 'cpu' ? 'none' : device;
}

function gpuUse({
  probe,
  builtForGpu,
  problem,
  context,
  gpus,
}: {
  probe: DriverProbe;
  builtForGpu: boolean;
  problem: GpuUse['problem'];
  context: EagerContext;
  gpus: readonly number[];
}): GpuUse {
  const used = context.devices.filter(({ type }) => type === 'GPU').length;
  const driver = 'driver' in probe ? probe.driver : undefined;
  const unregistered = used === 0 && problem === undefined && 'driver' in probe ? notRegistered(probe) : undefined;
  return {
    used,
    ...(used > 0 && { numbers: gpus }),
    builtForGpu,
    ...(driver && { driver }),
    ...((problem ?? unregistered) && { problem: problem ?? unregistered }),
  };
}

/** The short name of the first GPU, if there is one. */
function firstGpu(devices: readonly Device[]): string | undefined {
  const name = devices.find(({ type }) => type === 'GPU')?.name;
  return name && /\/device:GPU:\d+$/.exec(name)?.[0];
}
