import { exportCheckpoint, loadCheckpoint } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { checked } from '../config/load-config.js';
import type { ConfigTree } from '../config/override.js';
import { pretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';

/**
 * Rewrites a checkpoint of a run as the reference's `.pth.tar`.
 *
 * @throws CommandError when the checkpoint is damaged or does not carry its run's config
 */
export async function convertRunCheckpoint(source: string, destination: string): Promise<void> {
  const checkpoint = await loadCheckpoint(source);
  if (checkpoint.step === 0 || checkpoint.run.config === undefined) {
    throw new CommandError(
      `${source}: the run's config is not in it, and the optimiser's state cannot be written without; ` +
        'name one model with --key, for example --key target_encoder',
    );
  }
  const { config } = checked(pretrainingConfig, source, checkpoint.run.config as ConfigTree);
  await exportCheckpoint(checkpoint, planOf(config), destination);
}
