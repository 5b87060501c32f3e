import { checkDevice, type DeviceCheck } from '@vjepa/trace';
import type { AttentionChoice } from './attention-choice.js';
import { openRuntime } from './load-xla.js';
import { findPlugin, type PluginLocation } from './locate.js';
import type { PluginKind } from './plugin-kind.js';
import { type PluginRecommendation, recommendPlugin } from './recommend-plugin.js';
import { XlaError, type XlaErrorCode } from './xla-error.js';

/** How this machine stands with a plug-in for GPUs. */
export interface PluginCheck {
  /** The plug-in that is there, in words: its kind, version and path. */
  name?: string | undefined;
  /** The one to install instead, or at all. */
  recommended?: PluginKind | undefined;
  /** Why no GPU is used, where it could be. */
  problem?: string | undefined;
  /** What kind of problem XLA had, where it had one. */
  code?: XlaErrorCode | undefined;
  /** The device that steps run on: its kind, and the memory that they may use, in bytes, where that is known. */
  device?: { kind: string; memoryBytes: number | undefined };
  /** What a small step gave on it. */
  step?: DeviceCheck;
  /** Whether attention is cuDNN's on it in bfloat16, and why. */
  attention?: AttentionChoice;
}

/**
 * Looks for a plug-in, asks the driver whether it is one for it, and compiles and runs a small step on its first device.
 * Nothing is said where there is neither a plug-in nor a driver.
 *
 * @param options.orCpu where there is no plug-in for GPUs, the one for CPUs is looked at, which runs are asked for by name
 */
export async function checkPlugin({ orCpu = false }: { orCpu?: boolean | undefined } = {}): Promise<PluginCheck> {
  let check: PluginCheck = {};
  try {
    const forGpus = findPlugin();
    const found = forGpus ?? (orCpu ? findPlugin({ kind: 'cpu' }) : undefined);
    check = found !== undefined && forGpus === undefined ? { name: nameOf(found) } : compare(found, recommendPlugin());
    if (orCpu && found === undefined && check.problem === undefined) {
      return { problem: 'there is no plug-in, and no driver of a GPU', recommended: 'cpu' };
    }
    if (found === undefined || check.problem !== undefined) return check;
    return { ...check, ...(await tried(found)) };
  } catch (error) {
    const code = error instanceof XlaError ? error.code : undefined;
    return { ...check, problem: (error as Error).message, code };
  }
}

/** The same for a plug-in that was found and what a driver needs. */
export function compare(found: PluginLocation | undefined, { kind, reason }: PluginRecommendation): PluginCheck {
  if (found === undefined) {
    return kind === undefined ? {} : { recommended: kind, problem: `there is no plug-in: ${reason}` };
  }
  const name = nameOf(found);
  // Of a plug-in that was named it is not known what it needs: it says so itself.
  if (found.kind === undefined) return { name };
  if (kind === undefined) return { name, problem: `${name} has no GPU to use: ${reason}` };
  // CUDA 12 runs on newer drivers.
  const fits = found.kind === kind || (found.kind === 'cuda12' && kind === 'cuda13');
  return fits ? { name } : { name, recommended: kind, problem: `${name} has no driver: ${reason}` };
}

function nameOf({ kind, version, path }: PluginLocation): string {
  return [kind, version, path].filter((part) => part !== undefined).join(', ');
}

/** No more of a device's memory is taken than the step needs: a run may have the rest. */
async function tried(location: PluginLocation): Promise<Pick<PluginCheck, 'device' | 'step' | 'attention'>> {
  // A named plug-in may be one for CPUs, which knows no such option.
  const isForGpus = location.kind !== undefined && location.kind !== 'cpu';
  const client = isForGpus ? { preallocate: false } : {};
  // All GPUs: a process keeps to those that it opens first, and may train on several later.
  const runtime = await openRuntime(location, { devices: isForGpus ? 'all' : undefined, client });
  try {
    const [device] = runtime.devices;
    const step = await checkDevice({
      compile: (fn, options) => runtime.compile(fn, { ...options, devices: [device!] }),
    });
    const attention = runtime.attention({ precision: 'bfloat16' });
    return { device: { kind: device!.kind, memoryBytes: device!.memory()?.bytesLimit }, step, attention };
  } finally {
    await runtime.client.dispose();
  }
}
