import { encoderConfig } from '@vjepa/vit';
import type { VideoFeatures } from '../features/extract-features.js';

export const SMALL_ENCODER = encoderConfig('vit_tiny', {
  imageSize: 32,
  numFrames: 4,
  embedDim: 12,
  depth: 2,
  numHeads: 3,
});

/**
 * Features of videos of some classes, 2 looks of 4 tokens, each class's shifted along a feature of its own.
 *
 * @param seed another one gives other features of the same classes
 * @param gap how far the classes lie apart, where the features' own range is 1
 */
export function classFeatures(videos: number, { classes = 3, seed = 0, gap = 2 } = {}): VideoFeatures {
  const layout = { looks: 2, tokens: 4, width: SMALL_ENCODER.embedDim };
  const length = layout.looks * layout.tokens * layout.width;
  return {
    encoder: SMALL_ENCODER,
    layout,
    videos: Array.from({ length: videos }, (_, i) => ({ path: `${i}.mp4`, label: i % classes })),
    features: Array.from({ length: videos }, (_, i) =>
      Float32Array.from(
        { length },
        (_, j) =>
          Math.sin(1 + seed + 31 * i + 7 * j + ((i * j) % 11)) / 2 + (j % layout.width === i % classes ? gap : 0),
      ),
    ),
    classNames: undefined,
    failures: [],
  };
}
