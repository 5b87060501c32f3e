import { type IndexFingerprint, loadCheckpoint, writeReferenceCheckpoint } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { checked } from '../config/load-config.js';
import type { ConfigTree } from '../config/override.js';
import { pretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';

/**
 * Rewrites a checkpoint of a run as the reference's `.pth.tar`, which it evaluates and resumes from: encoder,
 * predictor and target_encoder under the names of its training, AdamW as `opt`, and the numbers of the last step.
 *
 * @throws CommandError when the checkpoint is damaged or does not carry its run's config
 */
export async function convertRunCheckpoint(source: string, destination: string): Promise<void> {
  const { step, state, run } = await loadCheckpoint(source);
  if (step === 0 || run.config === undefined) {
    throw new CommandError(
      `${source}: the run's config is not in it, and the optimiser's state cannot be written without; ` +
        'name one model with --key, for example --key target_encoder',
    );
  }
  const { config } = checked(pretrainingConfig, source, run.config as ConfigTree);
  const plan = planOf(config);
  const { videos = 0 } = (run.index ?? {}) as Partial<IndexFingerprint>;
  const schedule = plan.scheduleFor(videos);
  const { learning_rate, weight_decay } = schedule.at(step);
  // Runs before this was kept have no loss in their checkpoints; the reference only prints it.
  const loss = typeof run.loss === 'number' ? run.loss : Number.NaN;
  const last = { step, loss, learning_rate, weight_decay };
  await writeReferenceCheckpoint(destination, plan.settings, state, last, schedule.stepsPerEpoch);
}
