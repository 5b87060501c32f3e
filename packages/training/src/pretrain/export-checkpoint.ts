import type { IndexFingerprint } from '../data/index-fingerprint.js';
import { InputError } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { Checkpoint } from '../run/checkpoint-store.js';
import { writeReferenceCheckpoint } from './reference-checkpoint.js';

/**
 * Writes a checkpoint of a run as the reference's `.pth.tar`, which it evaluates and resumes from: encoder, predictor and
 * target_encoder under the names of its training, AdamW as `opt`, and the numbers of the last step.
 *
 * @param plan of the run
 * @throws InputError when the run predicts pixels, which the reference does not
 */
export async function exportCheckpoint(
  { step, state, run }: Checkpoint,
  plan: PretrainingPlan,
  destination: string,
): Promise<void> {
  if (!plan.hasTargetEncoder) {
    throw new InputError({
      subject: destination,
      problem: 'the run predicts pixels and has no target encoder, which the reference trains with',
      remedy: 'convert its encoder alone',
    });
  }
  const { videos = 0 } = (run.index ?? {}) as Partial<IndexFingerprint>;
  const schedule = plan.scheduleFor(videos);
  const { learning_rate, weight_decay } = schedule.at(step);
  // Runs before this was kept have no loss in their checkpoints; the reference only prints it.
  const loss = typeof run.loss === 'number' ? run.loss : Number.NaN;
  const updatesBefore = Number(run.updatesBefore ?? 0);
  const last = { step, loss, learning_rate, weight_decay, updatesBefore };
  await writeReferenceCheckpoint(destination, plan.settings, state, last, schedule.stepsPerEpoch);
}
