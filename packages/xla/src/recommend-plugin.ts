import { existsSync } from 'node:fs';
import type { DriverProbe } from '@vjepa/engine';
import { loadKoffi, probeDriver } from '@vjepa/native';
import { oldestDriver } from './cuda/require-driver.js';
import type { PluginKind } from './plugin-kind.js';

/** The oldest compute capability that CUDA 13 has kernels for. */
const OLDEST_CAPABILITY_13 = '7.5';

/** Which plug-in fits this machine, and why. */
export interface PluginRecommendation {
  /** Undefined where none does. */
  kind: PluginKind | undefined;
  reason: string;
}

/** Chooses among the plug-ins for GPUs by the driver, and by what it drives. */
export function recommendPlugin(): PluginRecommendation {
  return recommendFor(probeDriver(loadKoffi()), existsSync(AMD_DRIVER));
}

/** What AMD's driver for computing on GPUs shows. */
const AMD_DRIVER = '/dev/kfd';

/** The same for what NVIDIA's driver has said, and whether there is AMD's. */
export function recommendFor(probe: DriverProbe, amd = false): PluginRecommendation {
  if ('reason' in probe) {
    return amd
      ? { kind: 'rocm', reason: `there is AMD's driver (${AMD_DRIVER})` }
      : { kind: undefined, reason: probe.reason };
  }
  const { cuda, version, gpus } = probe.driver;
  const driver = `NVIDIA's driver${version === undefined ? '' : ` ${version}`} is for CUDA ${cuda}`;
  const major = Number.parseInt(cuda, 10);
  if (major < 12) {
    return { kind: undefined, reason: `${driver}; XLA needs ${oldestDriver(12)} or newer, for CUDA 12` };
  }
  const old = gpus.find(({ computeCapability }) => isOlder(computeCapability, OLDEST_CAPABILITY_13));
  if (major >= 13 && old !== undefined) {
    return { kind: 'cuda12', reason: `${old.name} has compute capability ${old.computeCapability}, below CUDA 13's` };
  }
  if (major >= 13) return { kind: 'cuda13', reason: driver };
  return { kind: 'cuda12', reason: `${driver}; CUDA 13 needs ${oldestDriver(13)} or newer` };
}

function isOlder(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0;
}
