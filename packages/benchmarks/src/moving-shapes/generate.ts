import { xoroshiroStream } from '@vjepa/random';
import type { GeneratedLabels } from '../generated/generated-labels.js';
import type { RgbFrames } from '../generated/rgb-frames.js';
import { type GeneratedSplit, SPLIT_STREAMS } from '../generated/split.js';
import { type FactorSettings, type Factors, factorTable, labelledFactors, movingShapesLabels } from './factors.js';
import { renderScene } from './render.js';
import { drawScene } from './scene.js';

/** What a set of moving shapes looks like. */
export interface MovingShapesAppearance extends FactorSettings {
  /** Any integer; everything is a function of it, of the split and of the sample's index. */
  seed: number;
  /** Frames per video, at least 2. Default 64: one clip of 16 frames at every fourth frame. */
  frames?: number | undefined;
  /** Height and width in pixels, even, at least 16. Default 112. */
  size?: number | undefined;
  /** Smaller moving shapes that no label describes. Default 2. */
  distractors?: number | undefined;
  /** Default 'textured'. 'drifting' moves the background too, as a panning camera would. */
  background?: 'plain' | 'textured' | 'drifting' | undefined;
  /** Least and greatest radius of the labelled shape, as parts of the frame's side. Default [0.14, 0.18]. */
  radius?: readonly [number, number] | undefined;
}

/** What generated videos are like. */
export interface MovingShapesSettings extends MovingShapesAppearance {
  split: GeneratedSplit;
  /** Number of samples. */
  count: number;
}

/** One generated video with its labels. */
export interface MovingShapesSample {
  /** [frames, size, size, 3] */
  frames: RgbFrames;
  labels: GeneratedLabels;
  factors: Factors;
  index: number;
}

/**
 * Generates `count` labelled videos, one at a time.
 *
 * @throws RangeError for settings out of range
 */
export function* generateMovingShapes(settings: MovingShapesSettings): Generator<MovingShapesSample> {
  if (!Number.isInteger(settings.count) || settings.count < 0) {
    throw new RangeError(`count is ${settings.count}; expected a whole number of samples, 0 or more`);
  }
  for (let index = 0; index < settings.count; index++) yield movingShapesSample(settings, settings.split, index);
}

/** Sample `index` of a split alone; equal to the one that {@link generateMovingShapes} yields at that place. */
export function movingShapesSample(
  settings: MovingShapesAppearance,
  split: GeneratedSplit,
  index: number,
): MovingShapesSample {
  const { seed, frames, size, ...look } = checkedSettings(settings);
  const table = factorTable(settings);
  const labels = movingShapesLabels(table, seed, SPLIT_STREAMS[split], index);
  const factors = labelledFactors(table, labels);
  const scene = drawScene(xoroshiroStream(seed, SPLIT_STREAMS[split], index), look);
  return { frames: renderScene(scene, factors, frames, size), labels, factors, index };
}

/** Labels and factors of sample `index`, without drawing its frames. */
export function movingShapesLabelsAt(
  settings: FactorSettings & { seed: number },
  split: GeneratedSplit,
  index: number,
): { labels: GeneratedLabels; factors: Factors } {
  const table = factorTable(settings);
  const labels = movingShapesLabels(table, settings.seed, SPLIT_STREAMS[split], index);
  return { labels, factors: labelledFactors(table, labels) };
}

/** Defaults filled in, values checked. */
export function checkedSettings(settings: MovingShapesAppearance) {
  const { seed, frames = 64, size = 112, distractors = 2, background = 'textured', radius = [0.14, 0.18] } = settings;
  if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}; expected an integer`);
  if (!Number.isInteger(frames) || frames < 2) throw new RangeError(`frames is ${frames}; expected an integer >= 2`);
  if (!Number.isInteger(size) || size < 16 || size % 2 !== 0) {
    throw new RangeError(`size is ${size}; expected an even number of pixels >= 16 (h264 stores colour at half size)`);
  }
  if (!Number.isInteger(distractors) || distractors < 0) {
    throw new RangeError(`distractors is ${distractors}; expected an integer >= 0`);
  }
  if (!(radius[0] > 0 && radius[0] <= radius[1] && radius[1] <= 0.5)) {
    throw new RangeError(
      `radius is [${radius}]; expected two ascending parts of the frame's side, above 0 and at most 0.5`,
    );
  }
  return { seed, frames, size, distractors, background, radius };
}
