import type { CApi } from './c-api.js';
import { loadCApi } from './c-api.js';
import { type CompiledFunction, type CompileOptions, compile } from './compile.js';
import { configProto, type ThreadSettings } from './config-proto.js';
import { runsTensorFlow } from './cpu-features.js';
import { BACKEND, type EagerBackend, registerEagerBackend } from './eager-backend.js';
import { createEagerContext, type Device } from './eager-context.js';
import { findTensorFlow, type TensorFlowLocation } from './locate.js';
import { TensorFlowError } from './tensorflow-error.js';
import type { StepFunction } from './trace/trace-function.js';

export interface LoadOptions extends ThreadSettings {
  /** The folder that holds libtensorflow, or the library itself. Without it, {@link findTensorFlow} looks. */
  path?: string;
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
 *   processor could not run it.
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
  const api = loadCApi(location.libraryPath, { environment });
  const threads = { intraOpThreads, interOpThreads };
  const context = createEagerContext(api, configProto(threads));
  const backend = registerEagerBackend(api, context);
  return {
    version: api.TF_Version() ?? 'unknown',
    libraryPath: location.libraryPath,
    source: location.source,
    devices: context.devices,
    backendName: BACKEND,
    backend,
    threads,
    api,
    compile: (fn, options) => compile({ api, backend, threads }, fn, { device: firstGpu(context.devices), ...options }),
  };
}

/** The short name of the first GPU, if there is one. */
function firstGpu(devices: readonly Device[]): string | undefined {
  const name = devices.find(({ type }) => type === 'GPU')?.name;
  return name && /\/device:GPU:\d+$/.exec(name)?.[0];
}
