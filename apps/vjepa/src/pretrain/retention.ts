import type { RetentionPolicy } from '@vjepa/training';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** Which checkpoints a run keeps: `checkpoints.keep_every`, else the reference's `meta.save_every_freq`, for good. */
export function retention({ checkpoints, meta }: PretrainingConfig, stepsPerEpoch: number): RetentionPolicy {
  const forGood = meta.save_every_freq > 0 ? meta.save_every_freq * stepsPerEpoch : null;
  return { keep: checkpoints.keep, keepEvery: checkpoints.keep_every ?? forGood };
}

/** How many checkpoints lie on the disk at once at the end of a run, the one being written among them. */
export function mostCheckpoints(config: PretrainingConfig, stepsPerEpoch: number, totalSteps: number): number {
  const { keep, keepEvery } = retention(config, stepsPerEpoch);
  const every = config.checkpoints.every ?? stepsPerEpoch;
  const steps = Array.from({ length: Math.ceil(totalSteps / every) }, (_, i) => Math.min((i + 1) * every, totalSteps));
  const forGood = keepEvery === null ? 0 : steps.slice(0, -keep).filter((step) => step % keepEvery === 0).length;
  return Math.min(keep, steps.length) + forGood + 1;
}
