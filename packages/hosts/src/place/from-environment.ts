import type { HostPlace } from './host-place.js';
import { ownPlace } from './own-place.js';
import { slurmPlace } from './slurm-place.js';
import { torchrunPlace } from './torchrun-place.js';

/**
 * Where the environment says that this process stands: variables of `vjepa launch` (VJEPA_HOST_INDEX, VJEPA_HOST_COUNT,
 * VJEPA_COORDINATOR), else torchrun's (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), else those of a SLURM job step.
 * VJEPA_HOSTS_PORT chooses another port than torchrun's or SLURM's variables give.
 *
 * @param env the variables; those of this process where it is left out
 * @returns undefined where the process is alone
 * @throws HostsError `settings` where variables are missing or do not fit, naming the variable
 */
export function hostPlace(env: NodeJS.ProcessEnv = process.env): HostPlace | undefined {
  const place = ownPlace(env) ?? torchrunPlace(env) ?? slurmPlace(env);
  return place === undefined || place.count === 1 ? undefined : place;
}
