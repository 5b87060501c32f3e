import { availableParallelism } from 'node:os';
import type { IndexedVideo } from '@vjepa/benchmarks';
import { type ClipLoader, type ClipLoaderOptions, createClipLoader } from '@vjepa/video';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** Threads that decode clips: what `data.num_workers` asks for, no more than there are cores. */
export function decodeThreads({ data }: Pick<PretrainingConfig, 'data'>): number {
  return Math.max(1, Math.min(data.num_workers, availableParallelism()));
}

/** The loader of a run: augmented uint8 clips, a sample's content a function of (meta.seed, epoch, draw). */
export function pretrainingLoader(
  config: PretrainingConfig,
  videos: readonly IndexedVideo[],
  onUnavailable?: ClipLoaderOptions['onUnavailable'],
): ClipLoader {
  const { data, data_aug, meta } = config;
  return createClipLoader({
    videos,
    clip: {
      framesPerClip: data.num_frames,
      frameStep: data.sampling_rate,
      rejectShort: data.filter_short_videos,
      ...(data.clip_duration === null ? {} : { duration: data.clip_duration }),
    },
    transform: {
      kind: 'pretraining',
      size: data.crop_size,
      scale: data_aug.random_resize_scale,
      aspectRatio: data_aug.random_resize_aspect_ratio,
      motionShift: data_aug.motion_shift,
      randAugment: data_aug.auto_augment ? {} : false,
      erasingProbability: data_aug.reprob,
    },
    workers: decodeThreads(config),
    decoder: data.decoder,
    seed: meta.seed,
    timeLimitMs: data.decode_time_limit * 1000,
    onBadVideo: data.bad_videos,
    ...(onUnavailable ? { onUnavailable } : {}),
    output: 'uint8',
  });
}
