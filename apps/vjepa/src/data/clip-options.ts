import type { CentreClipOptions } from '@vjepa/video';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** How a pretraining run's clips are read where one is looked at: their length, their frame step, their size. */
export function clipOptions({ data }: PretrainingConfig): CentreClipOptions {
  return {
    framesPerClip: data.num_frames,
    frameStep: data.sampling_rate,
    duration: data.clip_duration ?? undefined,
    size: data.crop_size,
    decoder: data.decoder,
    timeoutMs: data.decode_time_limit * 1000,
  };
}
