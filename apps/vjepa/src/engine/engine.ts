import type { HostTensor, StepFunction } from '@vjepa/tensorflow';
import { CommandError, reasonOf } from '../command-error.js';
import { eagerStep } from './eager-step.js';
import type { StepRunner } from './step-runner.js';
import { useWasmBackend } from './wasm-backend.js';

export type BackendName = 'tensorflow' | 'wasm';
export type Precision = 'float32' | 'bfloat16';

export interface EngineOptions {
  /** The backend to use; without it TensorFlow if one can be found, else WebAssembly. */
  backend?: BackendName;
  /** Run steps operation by operation instead of compiled. */
  eager?: boolean;
  /** Operands of matrix products in compiled steps; anything else computes in float32. */
  precision?: Precision;
}

/** What steps run on. Its backend is also tfjs's active one. */
export interface Engine {
  backend: BackendName;
  compiled: boolean;
  precision: Precision;
  /** One line: what was chosen, why, and what would make it faster. */
  description: string;
  /** The engine's own version, for records. */
  version: string;
  /** Binds a step to its state. */
  bind(step: StepFunction, state: Record<string, HostTensor>): StepRunner;
}

/**
 * Chooses and starts an engine: TensorFlow with compiled steps where a library can be found, else the WebAssembly
 * backend, which is always there.
 *
 * @throws CommandError when a backend was asked for and cannot be had.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  if (options.backend === 'wasm') return wasmEngine(options, 'asked for by --backend wasm');
  try {
    return await tensorflowEngine(options);
  } catch (error) {
    if (options.backend === 'tensorflow') {
      throw new CommandError(`--backend tensorflow: ${reasonOf(error)}`, { cause: error });
    }
    return wasmEngine(options, missingTensorFlow(error));
  }
}

async function tensorflowEngine({ eager = false, precision = 'float32' }: EngineOptions): Promise<Engine> {
  const [tf, { loadTensorFlow, publishesCuda }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@vjepa/tensorflow'),
  ]);
  const runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
  await tf.ready();
  const device = runtime.devices.find(({ type }) => type === 'GPU') ?? runtime.devices[0];
  const kind = device?.type === 'GPU' ? 'GPU' : 'CPU';
  const mode = eager
    ? 'operation by operation (--eager; slower than compiled)'
    : `compiled steps, ${precision} products`;
  const faster = kind === 'CPU' && publishesCuda() ? cpuAdvice(eager, precision) : '';
  return {
    backend: 'tensorflow',
    compiled: !eager,
    precision: eager ? 'float32' : precision,
    version: runtime.version,
    description: `engine: TensorFlow ${runtime.version} on ${kind}, ${mode}${faster}`,
    bind: (step, state) => (eager ? eagerStep(step, state) : runtime.compile(step, { state, precision })),
  };
}

/** Where there may be AVX-512 and CUDA. */
function cpuAdvice(eager: boolean, precision: Precision): string {
  if (eager || precision === 'bfloat16') return '; a CUDA GPU would be faster (vjepa runtime install --cuda)';
  return '; meta.dtype: bfloat16 is faster on CPUs with AVX-512 or AMX, a CUDA GPU more so';
}

async function wasmEngine({ precision }: EngineOptions, why: string): Promise<Engine> {
  await useWasmBackend();
  const note = precision === 'bfloat16' ? '; bfloat16 is not available here, computing in float32' : '';
  return {
    backend: 'wasm',
    compiled: false,
    precision: 'float32',
    version: 'tfjs-backend-wasm',
    description:
      `engine: WebAssembly (${why}), operation by operation${note}. ` +
      'TensorFlow is several times faster: vjepa runtime install',
    bind: eagerStep,
  };
}

function missingTensorFlow(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return code === 'not-installed'
    ? 'no TensorFlow library was found'
    : `TensorFlow could not be used: ${reasonOf(error)}`;
}
