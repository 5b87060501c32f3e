import type { PretrainingPlan } from '@vjepa/training';
import type { CentreClipOptions } from '@vjepa/video';

/** How a pretraining run's clips are read where one is looked at: their length, their frame step, their size. */
export function clipOptions({ encoder, settings }: PretrainingPlan): CentreClipOptions {
  const { frameStep, duration, decoder, timeLimitMs: timeoutMs } = settings.clips;
  return { framesPerClip: encoder.numFrames, frameStep, duration, size: encoder.imageSize, decoder, timeoutMs };
}
