import { availableParallelism } from 'node:os';
import type { ClipArrangement } from '@vjepa/probe';
import { type ClipLoader, type ClipLoaderOptions, type ClipTransformSettings, createClipLoader } from '@vjepa/video';
import { type ClipEncoder, definedFields, isVjepa2 } from '@vjepa/vit';
import { FRAMES_A_SECOND } from '../checkpoint/usual-clips.js';
import type { Loading } from './loading.js';

/** Where the clips of a long video lie: in the middle of each part of it, anywhere, or at its start. */
export type ClipPlacement = 'center' | 'random' | 'start';

/** The clips of a video. */
export interface ClipSettings {
  /** Default: those the encoder is made for. */
  frames?: number | undefined;
  /** Frames of the video from one frame of a clip to the next. Default 4; of V-JEPA 2 and 2.1 see `clipRate`. */
  frameStep?: number | undefined;
  /** Seconds that a clip spans, in place of `frameStep`. */
  duration?: number | undefined;
  /** Frames of a clip in a second of video, in place of both. Default, of V-JEPA 2 and 2.1, 4. */
  clipRate?: number | undefined;
  /** Clips of a video, spread over its length. Default 1. */
  segments?: number | undefined;
  /** Spatial crops of each clip in validation. Default 1. */
  views?: number | undefined;
  /** Whether the probe attends to all segments of a view at once. Default true, as all published evaluations do. */
  attendAcrossSegments?: boolean | undefined;
  /** Where validation clips lie in long videos. Default `center`. */
  validation?: ClipPlacement | undefined;
  /**
   * Times that a picture is repeated in time. Default: as many as the encoder has frames; V-JEPA 2.1, which embeds pictures
   * as such, sees them once, while its published numbers have them repeated 18 times.
   */
  imageRepeats?: number | undefined;
  /** Whether training samples are drawn and augmented, or look as they do at test time. Default true. */
  augment?: boolean | undefined;
}

/** How samples become pixels: everything about it that is data. */
export interface ClipRecipe extends ClipArrangement {
  /** Frames of a clip; 1 for pictures. */
  frames: number;
  /** Times that a picture is repeated in time, where it is not the encoder that says it. */
  repeats?: number | undefined;
  clip: ClipLoaderOptions['clip'];
  transform: ClipTransformSettings;
  /** Whether another epoch or draw gives other pixels. */
  random: boolean;
}

/** Training samples as asked for, training samples as at test time, and validation samples. */
export interface ClipRecipes {
  training: ClipRecipe;
  plain: ClipRecipe;
  validation: ClipRecipe;
}

/**
 * The clips of videos. Training samples are as the reference makes them, random clips, augmented, one view of each
 * segment; validation samples are all segments and views of a video.
 */
export function videoRecipes(encoder: ClipEncoder, clips: ClipSettings): ClipRecipes {
  const { frames = encoder.numFrames, attendAcrossSegments: attend = true } = clips;
  const { segments = 1, views = 1, validation = 'center', augment = true } = clips;
  const size = encoder.imageSize;
  // In the order of keys by which caches of features are found again.
  const clip = { framesPerClip: frames, frameStep: undefined, allowOverlap: true, ...clipSpacing(encoder, clips) };
  const still = (placement: ClipPlacement, views: number): ClipRecipe => ({
    frames,
    segments,
    views,
    attendAcrossSegments: attend,
    clip: { ...clip, clips: segments, placement },
    transform: { kind: 'evaluation', size, views },
    random: placement === 'random',
  });
  const plain = still('center', 1);
  // Without attention across segments the reference trains on one clip of each video.
  const trained = attend ? segments : 1;
  const augmented: ClipRecipe = {
    frames,
    segments: trained,
    views: 1,
    attendAcrossSegments: attend,
    clip: { ...clip, clips: trained, placement: 'random' },
    transform: { kind: 'probe-training', size },
    random: true,
  };
  return { training: augment ? augmented : plain, plain, validation: still(validation, views) };
}

/**
 * How far apart a clip's frames are: as asked for, else the frames of 4 of the video that V-JEPA takes, or the 4 a second
 * that V-JEPA 2 and 2.1 do.
 */
export function clipSpacing(
  encoder: ClipEncoder,
  { frameStep, duration, clipRate }: Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'>,
): Pick<ClipLoaderOptions['clip'], 'frameStep' | 'duration' | 'clipRate'> {
  const isOpen = frameStep === undefined && duration === undefined;
  const rate = clipRate ?? (isOpen && isVjepa2(encoder) ? FRAMES_A_SECOND : undefined);
  if (rate !== undefined) return { ...definedFields({ frameStep, duration }), clipRate: rate };
  return { frameStep: frameStep ?? 4, ...definedFields({ duration }) };
}

/** Pictures, which are repeated in time: crops of them in training, their centre in validation. */
export function pictureRecipes(
  { imageSize: size }: Pick<ClipEncoder, 'imageSize'>,
  { augment = true, imageRepeats: repeats }: Pick<ClipSettings, 'augment' | 'imageRepeats'>,
): ClipRecipes {
  const picture = {
    frames: 1,
    ...definedFields({ repeats }),
    segments: 1,
    views: 1,
    attendAcrossSegments: true,
    clip: { framesPerClip: 1 },
  };
  const plain: ClipRecipe = { ...picture, transform: { kind: 'image-evaluation', size }, random: false };
  const augmented: ClipRecipe = { ...picture, transform: { kind: 'image-training', size }, random: true };
  return { training: augment ? augmented : plain, plain, validation: plain };
}

/** Threads that make the samples of some files by a recipe. */
export function recipeLoader(
  { workers, decoder, timeLimitMs }: Loading,
  seed: number,
  files: ClipLoaderOptions['videos'],
  recipe: Pick<ClipRecipe, 'clip' | 'transform'>,
  onBadVideo: NonNullable<ClipLoaderOptions['onBadVideo']>,
): ClipLoader {
  return createClipLoader({
    videos: files,
    clip: recipe.clip,
    transform: recipe.transform,
    workers: Math.max(1, Math.min(workers, availableParallelism())),
    decoder,
    seed,
    timeLimitMs,
    onBadVideo,
    prefetch: 1,
  });
}
