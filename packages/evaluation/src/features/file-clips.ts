import { type TokenGrid, tokenCount } from '@vjepa/masks';
import type { ClipLoaderOptions } from '@vjepa/video';
import { type ClipSettings, clipSpacing } from '../evaluate/clip-recipe.js';
import type { FeatureExtractorOptions } from './feature-options.js';

/** What a file is seen through, and what becomes of its tokens. */
export interface FileClipsOptions
  extends Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'>,
    Pick<FeatureExtractorOptions, 'encoder' | 'layers' | 'pool' | 'size'> {
  /** Videos or pictures. Default: videos. */
  kind?: 'video' | 'image' | undefined;
  /** K, clips spread over a video. Default 1. */
  segments?: number | undefined;
  /** V, crops of each clip along its long side. Default 1. */
  views?: number | undefined;
}

/** What each file is seen through. */
export interface FileClips {
  clip: ClipLoaderOptions['clip'];
  transform: ClipLoaderOptions['transform'];
  count: number;
  views: number;
  perFile: number;
}

/** Centre clips and the evaluation transform: nothing is random. */
export function fileClips(options: FileClipsOptions): FileClips {
  const { kind, encoder, segments = 1, views = 1, size = encoder.imageSize } = options;
  if (kind === 'image') {
    const transform = { kind: 'image-evaluation', size } as const;
    return { clip: { framesPerClip: 1 }, transform, count: 1, views: 1, perFile: 1 };
  }
  return {
    clip: {
      framesPerClip: encoder.numFrames,
      ...clipSpacing(encoder, options),
      clips: segments,
      placement: 'center',
      allowOverlap: true,
    },
    transform: { kind: 'evaluation', size, views },
    count: segments,
    views,
    perFile: segments * views,
  };
}

/** [D], [T', D] or [N, D], behind [K, V] where there is more than one clip or view. */
export function shapeOfFile(
  { encoder, layers = [encoder.depth], pool = 'none' }: FileClipsOptions,
  grid: TokenGrid,
  { count, views, perFile }: FileClips,
): number[] {
  const tokens = { none: [tokenCount(grid)], frames: [grid.depth], mean: [] }[pool];
  return [...(perFile > 1 ? [count, views] : []), ...tokens, layers.length * encoder.embedDim];
}
