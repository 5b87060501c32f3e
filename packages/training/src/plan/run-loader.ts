import { availableParallelism } from 'node:os';
import type { IndexedVideo } from '@vjepa/benchmarks';
import { type ClipLoader, type ClipLoaderOptions, createClipLoader } from '@vjepa/video';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import type { FilledInSettings } from './pretraining-settings.js';

/** Threads that decode clips: as many as are asked for, no more than there are cores. */
export function decodeThreads(workers: number | undefined): number {
  const cores = availableParallelism();
  return Math.max(1, Math.min(workers ?? cores - 1, cores));
}

/** The loader of a run: augmented uint8 clips, a sample's content a function of (seed, epoch, draw). */
export function runLoader(
  { clips, augmentation, seed }: FilledInSettings,
  encoder: ClipEncoder,
  videos: readonly IndexedVideo[],
  onUnavailable?: ClipLoaderOptions['onUnavailable'],
): ClipLoader {
  return createClipLoader({
    videos,
    clip: {
      framesPerClip: encoder.numFrames,
      frameStep: clips.frameStep,
      rejectShort: clips.rejectShort,
      ...(clips.duration === undefined ? {} : { duration: clips.duration }),
      ...(clips.clipRate === undefined ? {} : { clipRate: clips.clipRate }),
      wholeRate: isVjepa2(encoder),
    },
    transform: { kind: 'pretraining', size: encoder.imageSize, ...augmentation },
    workers: decodeThreads(clips.workers),
    decoder: clips.decoder,
    seed,
    timeLimitMs: clips.timeLimitMs,
    onBadVideo: clips.onBadVideo,
    ...(onUnavailable ? { onUnavailable } : {}),
    output: 'uint8',
  });
}
