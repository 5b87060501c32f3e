import { availableParallelism } from 'node:os';
import type { ClipArrangement } from '@vjepa/probe';
import { type ClipLoader, type ClipLoaderOptions, type ClipTransformSettings, createClipLoader } from '@vjepa/video';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { resolutionOf } from './evaluation-model.js';

/** How samples become pixels: everything about it that is data. */
export interface ClipRecipe extends ClipArrangement {
  /** Frames of a clip; 1 for pictures. */
  frames: number;
  clip: ClipLoaderOptions['clip'];
  transform: ClipTransformSettings;
  /** Whether another epoch or draw gives other pixels. */
  random: boolean;
}

/** Training samples as the reference makes them: random clips, augmented; one view of each segment. */
export function trainingRecipe(config: EvaluationConfig): ClipRecipe {
  const size = resolutionOf(config);
  if (!config.augment) {
    const recipe = validationRecipe(config, 'center');
    const transform = recipe.transform.kind === 'evaluation' ? { ...recipe.transform, views: 1 } : recipe.transform;
    return { ...recipe, views: 1, transform };
  }
  if (config.eval_name === 'image_classification_frozen') {
    return { ...picture, clip: { framesPerClip: 1 }, transform: { kind: 'image-training', size }, random: true };
  }
  const attend = config.optimization.attend_across_segments;
  // Without attention across segments the reference trains on one clip of each video.
  const segments = attend ? config.data.num_segments : 1;
  return {
    frames: config.data.frames_per_clip,
    segments,
    views: 1,
    attendAcrossSegments: attend,
    clip: { ...clipOf(config), clips: segments, placement: 'random' },
    transform: { kind: 'probe-training', size },
    random: true,
  };
}

/** Validation samples: all segments and views of a video, the centre of a picture. */
export function validationRecipe(
  config: EvaluationConfig,
  placement = config.eval_name === 'image_classification_frozen' ? ('center' as const) : config.data.validation_clips,
): ClipRecipe {
  const size = resolutionOf(config);
  if (config.eval_name === 'image_classification_frozen') {
    return { ...picture, clip: { framesPerClip: 1 }, transform: { kind: 'image-evaluation', size }, random: false };
  }
  const { num_segments: segments, num_views_per_segment: views } = config.data;
  return {
    frames: config.data.frames_per_clip,
    segments,
    views,
    attendAcrossSegments: config.optimization.attend_across_segments,
    clip: { ...clipOf(config), clips: segments, placement },
    transform: { kind: 'evaluation', size, views },
    random: placement === 'random',
  };
}

const picture = { frames: 1, segments: 1, views: 1, attendAcrossSegments: true } as const;

function clipOf({ data, pretrain }: Extract<EvaluationConfig, { eval_name: 'video_classification_frozen' }>) {
  return {
    framesPerClip: data.frames_per_clip,
    frameStep: data.frame_step ?? pretrain.frame_step,
    allowOverlap: true,
    ...(pretrain.clip_duration === null ? {} : { duration: pretrain.clip_duration }),
  };
}

/** Threads that make the samples of some files by a recipe. */
export function recipeLoader(
  config: EvaluationConfig,
  files: ClipLoaderOptions['videos'],
  recipe: ClipRecipe,
  onBadVideo: NonNullable<ClipLoaderOptions['onBadVideo']>,
): ClipLoader {
  return createClipLoader({
    videos: files,
    clip: recipe.clip,
    transform: recipe.transform,
    workers: Math.max(1, Math.min(config.num_workers, availableParallelism())),
    decoder: config.decoder,
    seed: config.seed,
    timeLimitMs: config.decode_time_limit * 1000,
    onBadVideo,
    prefetch: 1,
  });
}
