import type { RunProbeSettings } from '@vjepa/evaluation';
import type { PretrainingConfig } from './pretraining-config.js';

/** The probe of a pretraining config in the names of @vjepa/evaluation. */
export function probeSettings(probe: NonNullable<PretrainingConfig['probe']>): RunProbeSettings {
  const { dataset, every, videos, held_out: heldOut } = probe;
  return { dataset, every, videos, heldOut };
}
