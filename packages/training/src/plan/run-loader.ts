import { availableParallelism } from 'node:os';
import type { IndexedVideo } from '@vjepa/benchmarks';
import { type ClipLoader, type ClipLoaderOptions, createClipLoader } from '@vjepa/video';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import type { ClipAugmentation, FilledInSettings } from './pretraining-settings.js';

/** Threads that decode clips: as many as are asked for, no more than there are cores. */
export function decodeThreads(workers: number | undefined): number {
  const cores = availableParallelism();
  return Math.max(1, Math.min(workers ?? cores - 1, cores));
}

/** The loader of a run: augmented uint8 clips, or images where these are of one frame, a sample's content a function of (seed, epoch, draw). */
export function runLoader(
  { clips, augmentation, seed }: Pick<FilledInSettings, 'clips' | 'augmentation' | 'seed'>,
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
    transform: encoder.numFrames === 1 ? ofImages(encoder, augmentation) : ofClips(encoder, augmentation),
    workers: decodeThreads(clips.workers),
    decoder: clips.decoder,
    seed,
    timeLimitMs: clips.timeLimitMs,
    onBadVideo: clips.onBadVideo,
    ...(onUnavailable ? { onUnavailable } : {}),
    output: 'uint8',
    // Of V-JEPA 2's mixes images are a part.
    ...(isVjepa2(encoder) && encoder.numFrames > 1 && { stills: true }),
  });
}

function ofClips({ imageSize }: ClipEncoder, augmentation: ClipAugmentation): ClipLoaderOptions['transform'] {
  return { kind: 'pretraining', size: imageSize, ...augmentation };
}

/** What of a clip's augmentation an image has. */
function ofImages({ imageSize }: ClipEncoder, augmentation: ClipAugmentation): ClipLoaderOptions['transform'] {
  const { scale, aspectRatio, flipProbability, erasingProbability } = augmentation;
  const common = { scale, aspectRatio, flipProbability, erasingProbability };
  return { kind: 'image-training', size: imageSize, autoAugment: false, ...common };
}
