import type { DriverProbe } from '@vjepa/engine';
import { loadKoffi, probeDriver } from '@vjepa/native';
import { XlaError } from '../xla-error.js';

/** The oldest driver of NVIDIA's that libraries of a CUDA run on, by NVIDIA's table of compatibility. */
const OLDEST_DRIVERS: Record<number, string> = { 12: '525.60.13', 13: '580.65.06' };

/** The driver that a major version of CUDA needs. */
export function oldestDriver(cudaMajor: number): string | undefined {
  return OLDEST_DRIVERS[cudaMajor];
}

/**
 * Refuses a plug-in for CUDA where the driver is missing or too old, which XLA says as `No visible GPU devices`.
 *
 * @param path the plug-in
 * @param cudaVersion of CUDA as the plug-in says it, e.g. 13000; of others undefined
 * @throws XlaError `no-driver`
 */
export function requireDriver(
  path: string,
  cudaVersion: unknown,
  probe: () => DriverProbe = () => probeDriver(loadKoffi()),
): void {
  if (typeof cudaVersion !== 'number') return;
  const major = Math.floor(cudaVersion / 1000);
  const found = probe();
  const needed = `${path} is for CUDA ${major}, which needs NVIDIA's driver ${oldestDriver(major) ?? ''} or newer`;
  if ('reason' in found) throw new XlaError('no-driver', `${found.reason}; ${needed}`);
  const { cuda, version } = found.driver;
  // Within a major version newer libraries run on older drivers.
  if (Number.parseInt(cuda, 10) >= major) return;
  throw new XlaError(
    'no-driver',
    `NVIDIA's driver${version === undefined ? '' : ` ${version}`} is for CUDA ${cuda}, and ${needed}`,
  );
}
