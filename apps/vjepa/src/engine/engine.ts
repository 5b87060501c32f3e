import type { GpuUse, HostTensor, StepFunction, TensorFlowRuntime } from '@vjepa/tensorflow';
import { CommandError, reasonOf } from '../command-error.js';
import { eagerStep } from './eager-step.js';
import { gpuRemedy } from './gpu-remedy.js';
import type { StepRunner } from './step-runner.js';
import { useWasmBackend } from './wasm-backend.js';

export type BackendName = 'tensorflow' | 'wasm';
export type Precision = 'float32' | 'bfloat16';

export interface EngineOptions {
  /** The backend to use; without it TensorFlow if one can be found, else WebAssembly. */
  backend?: BackendName;
  /** `gpu`: a GPU or an error that says why there is none; `cpu`: no GPU. Default: a GPU where one can be used. */
  device?: 'cpu' | 'gpu';
  /**
   * Several GPUs that share each batch: all that can be used, or those of these numbers; each of them or an error. Or
   * devices by TensorFlow's names. Default: one device.
   */
  devices?: 'all' | readonly number[] | readonly `/device:${string}`[];
  /** Run steps operation by operation instead of compiled. */
  eager?: boolean;
  /** Operands of matrix products in compiled steps; anything else computes in float32. */
  precision?: Precision;
  /** Let a GPU round the operands of float32 products to TF32. */
  tensorFloat32?: boolean;
  /** Attention through cuDNN's fused kernels where its shapes allow it: on a GPU, in bfloat16, in compiled steps. */
  fusedAttention?: boolean;
  /** What sets the precision to bfloat16, in the user's words, for advice. Default: none is given. */
  bfloat16Setting?: string;
}

/** What steps run on. Its backend is also tfjs's active one. */
export interface Engine {
  backend: BackendName;
  compiled: boolean;
  precision: Precision;
  /** Devices that share each batch of a step. */
  devices: number;
  /** One line: what was chosen, why, and what would make it faster. */
  description: string;
  /** The engine's own version, for records. */
  version: string;
  /** Which GPUs are used, and if none is, why; undefined where the engine knows of none. */
  gpu?: GpuUse;
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
  if (options.devices !== undefined) refuseDevices(options);
  if (options.backend === 'wasm') {
    if (options.device === 'gpu') throw new CommandError('--device gpu: the wasm backend computes on the CPU only');
    return wasmEngine(options, 'asked for by --backend wasm');
  }
  try {
    return await tensorflowEngine(options);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (options.devices !== undefined) {
      const { devices } = options;
      throw new CommandError(`--devices ${devices}: ${reasonOf(error)}; vjepa doctor says what to do`, {
        cause: error,
      });
    }
    if (options.device === 'gpu') {
      throw new CommandError(`--device gpu: ${reasonOf(error)}; vjepa doctor says what to do`, { cause: error });
    }
    if (options.backend === 'tensorflow') {
      throw new CommandError(`--backend tensorflow: ${reasonOf(error)}`, { cause: error });
    }
    return wasmEngine(options, missingTensorFlow(error));
  }
}

const FUSED_ATTENTION_WANTS = 'compiled steps on one GPU by TensorFlow, in bfloat16';

/** @throws CommandError where other options leave no several devices to compute on */
function refuseDevices({ devices, device, backend, eager }: EngineOptions): void {
  const refuse = (why: string) => new CommandError(`--devices ${devices}: ${why}; leave out one of the two`);
  if (device === 'cpu') throw refuse('--device cpu computes on no GPU');
  if (backend === 'wasm') throw refuse('--backend wasm computes on the CPU only');
  if (eager) throw refuse('--eager runs operation by operation on one device');
}

async function tensorflowEngine(options: EngineOptions): Promise<Engine> {
  const { eager = false, precision = 'float32', tensorFloat32, fusedAttention = false } = options;
  const [tf, { loadTensorFlow, publishesCuda }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@vjepa/tensorflow'),
  ]);
  const named = isNames(options.devices) ? options.devices : undefined;
  const gpus = isNames(options.devices) ? undefined : options.devices;
  const runtime = await loadTensorFlow({ device: gpus ?? options.device, tensorFloat32 });
  const devices = named ?? (gpus === undefined ? [] : gpuDevices(runtime));
  await tf.setBackend(runtime.backendName);
  await tf.ready();
  const kind = runtime.gpu.used > 0 ? 'GPU' : 'CPU';
  if (fusedAttention && (kind === 'CPU' || devices.length > 1 || eager || precision !== 'bfloat16')) {
    throw new CommandError(`--fused-attention wants ${FUSED_ATTENTION_WANTS}`);
  }
  const products = tensorFloat32 && precision === 'float32' && kind === 'GPU' ? 'TF32' : precision;
  const mode = eager
    ? 'operation by operation (--eager; slower than compiled)'
    : `compiled steps, ${products} products${fusedAttention ? ', fused attention' : ''}`;
  const faster = kind === 'CPU' && publishesCuda() ? cpuAdvice(options) : '';
  const one = kind === 'GPU' ? gpuNames(runtime.gpu, gpus !== undefined) : `CPU${whyNoGpu(runtime.gpu)}`;
  const where = named ? named.join(', ') : one;
  const on = devices.length > 1 ? { devices } : { ...(devices[0] !== undefined && { device: devices[0] }) };
  return {
    backend: 'tensorflow',
    compiled: !eager,
    precision: eager ? 'float32' : precision,
    version: runtime.version,
    description: `engine: TensorFlow ${runtime.version} on ${where}, ${mode}${faster}`,
    devices: Math.max(1, devices.length),
    gpu: runtime.gpu,
    bind: (step, state) =>
      eager ? eagerStep(step, state) : runtime.compile(step, { state, precision, fusedAttention, ...on }),
  };
}

/** Where there may be AVX-512. */
function cpuAdvice({ eager, precision, bfloat16Setting: setting }: EngineOptions): string {
  if (eager || precision === 'bfloat16' || setting === undefined) return '';
  return `; ${setting} is faster on CPUs with AVX-512 or AMX`;
}

function isNames(devices: EngineOptions['devices']): devices is readonly `/device:${string}`[] {
  return Array.isArray(devices) && typeof devices[0] === 'string';
}

/** What compiled steps call the GPUs in use. */
function gpuDevices({ devices }: TensorFlowRuntime): string[] {
  return devices.filter(({ type }) => type === 'GPU').map((_, i) => `/device:GPU:${i}`);
}

/** E.g. `GPU 0 (NVIDIA H200)`, `GPUs 0, 1 (NVIDIA H200)`: the first, or all that were asked for. */
function gpuNames({ driver, numbers = [] }: GpuUse, all: boolean): string {
  const used = all ? numbers : numbers.slice(0, 1);
  const names = new Set(used.flatMap((number) => driver?.gpus[number]?.name ?? []));
  return `GPU${used.length > 1 ? 's' : ''} ${used.join(', ')} (${[...names].join(', ')})`;
}

function whyNoGpu({ problem }: GpuUse): string {
  if (problem === undefined || problem.code === 'not-asked-for') return '';
  return ` (no GPU is used: ${problem.reason} -> ${gpuRemedy(problem.code)})`;
}

async function wasmEngine({ precision, fusedAttention }: EngineOptions, why: string): Promise<Engine> {
  if (fusedAttention) throw new CommandError(`--fused-attention wants ${FUSED_ATTENTION_WANTS}`);
  await useWasmBackend();
  const note = precision === 'bfloat16' ? '; bfloat16 is not available here, computing in float32' : '';
  return {
    backend: 'wasm',
    compiled: false,
    precision: 'float32',
    devices: 1,
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
