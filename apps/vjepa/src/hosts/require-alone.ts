import { CommandError } from '../command-error.js';

/** Commands that several processes may run together. */
const SHARED = ['pretrain', 'evaluate', 'features'];

/** Commands that are the same in each of several processes. */
const HARMLESS = ['completion', 'launch', 'doctor', 'report', 'plan'];

/**
 * Refuses what is for one process where `vjepa launch`, torchrun or SLURM has started several: each would do all of it, in one
 * folder.
 *
 * @throws CommandError
 */
export async function requireAlone(command: string): Promise<void> {
  if ([...SHARED, ...HARMLESS].includes(command)) return;
  const { hostPlace } = await import('@vjepa/hosts');
  const place = hostPlace();
  if (place === undefined) return;
  throw new CommandError(
    `${command} runs in one process, and ${place.count} were started (${place.source}); several can share ${SHARED.join(', ')}`,
  );
}
