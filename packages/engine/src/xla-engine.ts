import { areNames, gpuNames } from './device-names.js';
import type { Engine, EngineOptions } from './engine.js';
import { EngineError } from './engine-error.js';
import { bindStep } from './flat-step.js';
import { floatGatherer } from './gather-floats.js';
import { gpusPeakFlops } from './gpu-peak.js';
import type { HostGroup } from './host-group.js';
import { importOptional } from './optional-package.js';
import { registerAllGradients, startBackend } from './start-backend.js';
import type { XlaModule, XlaRuntime } from './xla-module.js';

/**
 * XLA's devices, for compiled steps alone: what a program computes beside its steps runs on WebAssembly where that is
 * installed, and on whatever is active where it is not.
 *
 * @throws EngineError where steps are to run operation by operation, or fused attention has no GPU
 */
export async function xlaEngine(options: EngineOptions): Promise<Engine> {
  const { eager, precision = 'float32', tensorFloat32 = false, fusedAttention, device, devices, shardState } = options;
  const { hosts } = options;
  if (eager) {
    const other = { setting: 'backend', found: 'xla' } as const;
    const reason = 'compiles steps whole';
    throw new EngineError({
      code: 'conflict',
      setting: 'eager',
      found: true,
      other,
      reason,
      remedy: 'leave out one of the two',
    });
  }
  const { loadXla } = await importOptional<XlaModule>('@vjepa/xla');
  const runtime = await loadXla({ device, devices: numbersOf(devices), hosts: hosts && withStore(hosts) });
  const { ownDevices } = runtime;
  if (shardState && ownDevices.length === 1) throw shardStateUnavailable();
  await startBackend('wasm').catch(() => undefined);
  await registerAllGradients();
  const onGpu = runtime.platform !== 'cpu';
  const attention = attentionOf(runtime, { precision, fusedAttention });
  const products = tensorFloat32 && precision === 'float32' && onGpu ? 'TF32' : precision;
  const mode = `compiled steps, ${products} products${attention.fused ? ', fused attention' : ''}${shardState ? ', state in parts' : ''}`;
  const place = placeOf(runtime);
  const peakFlops = onGpu
    ? gpusPeakFlops(
        ownDevices.map(({ kind }) => kind),
        products,
      )
    : undefined;
  const settings = { precision, tensorFloat32, fusedAttention, shardState };
  const alone: Engine = {
    backend: 'xla',
    compiled: true,
    precision,
    version: runtime.version,
    place,
    mode,
    description: `XLA (${runtime.version}) on ${place}, ${mode}`,
    ...(attention.fused && { fusedAttention: true as const }),
    attention,
    devices: ownDevices.length,
    ...(peakFlops !== undefined && { peakFlops }),
    bind: (step, state) =>
      bindStep(step, state, (flat, state) => runtime.compile(flat, { state, ...settings, devices: ownDevices })),
  };
  if (hosts === undefined) return alone;
  const { index, count } = hosts;
  return {
    ...alone,
    ...{ alone, hosts: { index, count, gatherFloats: floatGatherer(hosts) }, devices: runtime.devices.length },
    description: `XLA (${runtime.version}) on ${place}, host ${index} of ${count}, ${mode}`,
    ...(peakFlops !== undefined && { peakFlops: peakFlops * count }),
    bind: (step, state) => bindStep(step, state, (flat, state) => runtime.compile(flat, { state, ...settings })),
  };
}

/** @throws EngineError where hosts have nothing by which GPUs could find each other */
function withStore({ index, count, store }: HostGroup) {
  if (store !== undefined) return { index, count, store };
  const reason =
    'have no store, by which XLA finds the GPUs of the others; those of joinHosts of @vjepa/hosts have one';
  throw new EngineError({ code: 'unavailable', setting: 'hosts', found: count, reason });
}

/** @throws EngineError where fused attention is asked for and cannot be had */
function attentionOf(runtime: XlaRuntime, options: Pick<EngineOptions, 'precision' | 'fusedAttention'>) {
  try {
    return runtime.attention(options);
  } catch {
    throw fusedAttentionUnavailable();
  }
}

/** @throws EngineError where devices are called by TensorFlow's names */
function numbersOf(devices: EngineOptions['devices']): 'all' | readonly number[] | undefined {
  if (!areNames(devices)) return devices;
  const reason = "are TensorFlow's names, and XLA's devices have numbers";
  throw new EngineError({ code: 'unavailable', setting: 'devices', found: devices, reason });
}

/** E.g. `GPU 0 (NVIDIA H200)`, `GPUs 0, 1 (NVIDIA H200)`, `CPU, 2 devices`. */
function placeOf({ platform, ownDevices: devices }: XlaRuntime): string {
  if (platform === 'cpu') return devices.length > 1 ? `CPU, ${devices.length} devices` : 'CPU';
  return gpuNames(devices.map(({ localHardwareId, kind }) => ({ number: localHardwareId, name: kind })));
}

/** What a state in parts wants of an engine. */
export function shardStateUnavailable(): EngineError {
  const reason = 'wants several devices of XLA, which each keep a part of the state';
  return new EngineError({ code: 'unavailable', setting: 'shardState', found: true, reason });
}

/** What fused attention wants of an engine. */
export function fusedAttentionUnavailable(): EngineError {
  const reason =
    'wants compiled steps in bfloat16, on one GPU by TensorFlow, or by XLA on CUDA devices of compute capability 8.0 or newer';
  return new EngineError({ code: 'unavailable', setting: 'fusedAttention', found: true, reason });
}
