import * as tf from '@tensorflow/tfjs-core';
import { areNames, gpuNames } from './device-names.js';
import { eagerStep } from './eager-step.js';
import type { BackendName, Engine, EngineOptions } from './engine.js';
import { EngineError } from './engine-error.js';
import { bindStep } from './flat-step.js';
import { gpusPeakFlops, type ProductOperands } from './gpu-peak.js';
import type { GpuUse } from './gpu-use.js';
import { IN_NODE } from './node.js';
import { importOptional, MissingPackage } from './optional-package.js';
import { registerAllGradients, startBackend } from './start-backend.js';
import type { CompilingRuntime, TensorFlowModule } from './tensorflow-module.js';
import { fusedAttentionUnavailable, shardStateUnavailable, xlaEngine } from './xla-engine.js';

/**
 * Chooses and starts an engine. In Node that is TensorFlow with compiled steps, where @vjepa/tensorflow is installed and
 * finds a library, else WebAssembly; in a browser the best backend of TensorFlow.js that is registered. `backend` names
 * another, as XLA, where @vjepa/xla is installed and finds a plug-in.
 *
 * @throws EngineError when something was asked for and cannot be had, and when there is no backend at all
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  requireKnown('device', options.device, ['cpu', 'gpu']);
  requireKnown('precision', options.precision, ['float32', 'bfloat16']);
  refuseConflicts(options);
  const { backend } = options;
  if (options.shardState && backend !== 'xla') throw shardStateUnavailable();
  if (backend === 'xla') return askedFor('backend', options, () => xlaEngine(options));
  if (backend !== undefined && backend !== 'tensorflow') return eagerEngine(backend, options);
  if (backend === undefined && !IN_NODE) return registeredEngine(options);
  try {
    return await tensorflowEngine(options);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const asked = (['devices', 'device', 'backend', 'hosts'] as const).find((setting) => isAskedFor(setting, options));
    if (asked !== undefined) throw unavailable(asked, asked === 'hosts' ? options.hosts!.count : options[asked], error);
    return withoutTensorFlow(options, missingTensorFlow(error));
  }
}

/** An engine that the caller has named: whatever keeps it from starting is said of that. */
async function askedFor(setting: 'backend', options: EngineOptions, open: () => Promise<Engine>): Promise<Engine> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof EngineError ? error : unavailable(setting, options[setting], error);
  }
}

function isAskedFor(setting: 'hosts' | 'devices' | 'device' | 'backend', options: EngineOptions): boolean {
  return setting === 'device' ? options.device === 'gpu' : options[setting] !== undefined;
}

function requireKnown(setting: 'device' | 'precision', found: unknown, known: readonly string[]): void {
  if (found === undefined || known.includes(found as string)) return;
  const reason = `is neither '${known[0]}' nor '${known[1]}'`;
  throw new EngineError({ code: 'unavailable', setting, found, reason });
}

/** Backends that have no choice of a device. */
const ON_CPU: readonly BackendName[] = ['wasm', 'cpu'];
const ON_GPU: readonly BackendName[] = ['webgpu', 'webgl'];

function refuseConflicts(options: EngineOptions): void {
  const { devices, device, backend, eager } = options;
  const refuse = (setting: 'devices' | 'device', other: keyof EngineOptions, reason: string) => {
    const details = { setting, found: options[setting], other: { setting: other, found: options[other] } };
    return new EngineError({ code: 'conflict', ...details, reason, remedy: 'leave out one of the two' });
  };
  const onCpu = backend !== undefined && ON_CPU.includes(backend);
  if (devices !== undefined) {
    if (device === 'cpu' && backend !== 'xla') throw refuse('devices', 'device', 'computes on no GPU');
    if (onCpu) throw refuse('devices', 'backend', 'computes on the CPU only');
    if (backend !== undefined && backend !== 'tensorflow' && backend !== 'xla') {
      throw refuse('devices', 'backend', 'computes on one device');
    }
    if (eager) throw refuse('devices', 'eager', 'runs operation by operation on one device');
  }
  const shares = backend === undefined || backend === 'tensorflow' || (backend === 'xla' && device !== 'cpu');
  if (options.hosts !== undefined && (eager || !shares)) {
    const other = eager
      ? ({ setting: 'eager', found: true } as const)
      : ({ setting: 'backend', found: backend } as const);
    const reason =
      backend === 'xla' && !eager ? 'shares GPUs between processes, not CPUs' : 'runs in this process alone';
    const remedy = 'hosts share compiled steps of TensorFlow, or of XLA on GPUs';
    throw new EngineError({ code: 'conflict', setting: 'hosts', found: options.hosts.count, other, reason, remedy });
  }
  if (device === 'gpu' && onCpu) throw refuse('device', 'backend', 'computes on the CPU only');
  if (device === 'cpu' && backend !== undefined && ON_GPU.includes(backend)) {
    throw refuse('device', 'backend', 'computes on the GPU');
  }
}

function unavailable(setting: keyof EngineOptions, found: unknown, cause: unknown): EngineError {
  return new EngineError({ code: 'unavailable', setting, found, reason: reasonOf(cause), cause });
}

async function tensorflowEngine(options: EngineOptions): Promise<Engine> {
  const { eager = false, precision = 'float32', tensorFloat32, fusedAttention = false, hosts } = options;
  const { loadTensorFlow } = await importOptional<TensorFlowModule>('@vjepa/tensorflow');
  const named = areNames(options.devices) ? options.devices : undefined;
  const gpus = areNames(options.devices) ? undefined : options.devices;
  const runtime = await loadTensorFlow({ device: gpus ?? options.device, tensorFloat32 });
  const devices = named ?? (gpus === undefined ? [] : gpuDevices(runtime));
  await tf.setBackend(runtime.backendName);
  await tf.ready();
  const onGpu = runtime.gpu.used > 0;
  if (fusedAttention && (!onGpu || devices.length > 1 || hosts || eager || precision !== 'bfloat16')) {
    throw fusedAttentionUnavailable();
  }
  const products = tensorFloat32 && precision === 'float32' && onGpu ? 'TF32' : precision;
  const mode = eager
    ? 'operation by operation'
    : `compiled steps, ${products} products${fusedAttention ? ', fused attention' : ''}`;
  const place = named?.join(', ') ?? (onGpu ? usedGpus(runtime.gpu, gpus !== undefined) : 'CPU');
  const peakFlops = onGpu ? gpuPeak(runtime.gpu, devices, eager ? 'float32' : products) : undefined;
  const joined = hosts && (await runtime.joinHosts(hosts, { devices }));
  const on = devices.length > 1 ? { devices } : { ...(devices[0] !== undefined && { device: devices[0] }) };
  const alone: Engine = {
    backend: 'tensorflow',
    compiled: !eager,
    precision: eager ? 'float32' : precision,
    version: runtime.version,
    place,
    mode,
    description: `TensorFlow ${runtime.version} on ${place}, ${mode}`,
    ...(fusedAttention && { fusedAttention }),
    devices: Math.max(1, devices.length),
    ...(peakFlops !== undefined && { peakFlops }),
    gpu: runtime.gpu,
    bind: (step, state) =>
      bindStep(step, state, (flat, state) =>
        eager ? eagerStep(flat, state) : runtime.compile(flat, { state, precision, fusedAttention, ...on }),
      ),
  };
  if (hosts === undefined || joined === undefined) return alone;
  const { index, count } = hosts;
  return {
    ...alone,
    ...{ alone, hosts: { index, count, gatherFloats: joined.gatherFloats }, devices: alone.devices * count },
    description: `TensorFlow ${runtime.version} on ${place}, host ${index} of ${count}, ${mode}`,
    ...(peakFlops !== undefined && { peakFlops: peakFlops * count }),
    bind: (step, state) =>
      bindStep(step, state, (flat, state) => runtime.compile(flat, { state, precision, hosts: joined, ...on })),
  };
}

/** What compiled steps call the GPUs in use. */
function gpuDevices({ devices }: CompilingRuntime): string[] {
  return devices.filter(({ type }) => type === 'GPU').map((_, i) => `/device:GPU:${i}`);
}

/** Of the GPUs that share a batch, or of the first. Undefined where one of them is not known, or something else is named. */
function gpuPeak({ driver, numbers = [] }: GpuUse, devices: readonly string[], operands: ProductOperands) {
  if (devices.some((device) => !device.startsWith('/device:GPU:'))) return undefined;
  const indices = devices.length === 0 ? [0] : devices.map((device) => Number(device.slice('/device:GPU:'.length)));
  return gpusPeakFlops(
    indices.map((i) => driver?.gpus[numbers[i] ?? -1]?.name ?? ''),
    operands,
  );
}

/** The first, or all that were asked for. */
function usedGpus({ driver, numbers = [] }: GpuUse, all: boolean): string {
  const used = all ? numbers : numbers.slice(0, 1);
  return gpuNames(used.map((number) => ({ number, name: driver?.gpus[number]?.name })));
}

/** WebAssembly, or without its package whatever the caller has registered. */
async function withoutTensorFlow(options: EngineOptions, why: string): Promise<Engine> {
  try {
    return await eagerEngine('wasm', options, why);
  } catch (error) {
    if (!(error instanceof EngineError && error.cause instanceof MissingPackage)) throw error;
    return registeredEngine(options, why);
  }
}

async function registeredEngine(options: EngineOptions, why?: string): Promise<Engine> {
  let name: string;
  try {
    await tf.ready();
    name = tf.getBackend();
  } catch {
    const reason = IN_NODE
      ? 'there is none: npm install @vjepa/tensorflow, or @tensorflow/tfjs-backend-wasm, which is slower'
      : 'there is none: import one, as @tensorflow/tfjs-backend-webgpu';
    throw new EngineError({ code: 'unavailable', setting: 'backend', found: undefined, reason });
  }
  return eagerEngine(name, options, why);
}

/** On a backend of TensorFlow.js. */
async function eagerEngine(backend: BackendName, options: EngineOptions, why?: string): Promise<Engine> {
  if (options.fusedAttention) throw fusedAttentionUnavailable();
  try {
    await startBackend(backend);
  } catch (error) {
    throw unavailable('backend', backend, error);
  }
  await registerAllGradients();
  const place = ON_GPU.includes(backend) ? 'GPU' : 'CPU';
  const name = backend === 'wasm' ? 'WebAssembly' : backend;
  const because = why === undefined ? '' : ` (${why})`;
  const mode = 'operation by operation';
  const note = options.precision === 'bfloat16' ? '; bfloat16 is not available here, computing in float32' : '';
  return {
    backend,
    compiled: false,
    precision: 'float32',
    devices: 1,
    version: `tfjs-backend-${backend}`,
    place,
    mode,
    description: `${name}${because}, ${mode}${note}`,
    ...(why !== undefined && { withoutTensorFlow: why }),
    bind: (step, state) => bindStep(step, state, eagerStep),
  };
}

function missingTensorFlow(error: unknown): string {
  if (error instanceof MissingPackage) return error.message;
  const code = (error as { code?: unknown }).code;
  return code === 'not-installed'
    ? 'no TensorFlow library was found'
    : `TensorFlow could not be used: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
