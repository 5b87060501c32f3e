import { stream, uniformInteger } from '@vjepa/random';
import { DIRECTIONS, type Direction } from '../generated/directions.js';
import {
  type GeneratedLabels,
  generatedClassNames,
  generatedLabels,
  type LabelKind,
} from '../generated/generated-labels.js';
import type { RgbFrames } from '../generated/rgb-frames.js';
import { type GeneratedSplit, SPLIT_STREAMS } from '../generated/split.js';
import {
  type GeneratedFiles,
  type GeneratedFolder,
  type WriteOptions,
  writeGenerated,
} from '../generated/write-generated.js';
import { deadLeaves } from './dead-leaves.js';
import { addGrain } from './grain.js';
import { DEFAULT_OBJECTS, loadObjectImages, type ObjectImage, type ObjectSource } from './object-images.js';
import { renderObjectScene } from './render.js';
import { drawObjectScene, HERD_PLACES, type HerdSize } from './scene.js';

/** What moving objects look like. */
export interface MovingObjectsSettings {
  /** 0 .. 2^53 - 1; everything is a function of it, of the split and of the sample's index. */
  seed: number;
  /** What moves. Default `mnist`, whose package must be installed, as that of `fashion-mnist`; `shapes` needs none. */
  objects?: ObjectSource | undefined;
  /** Frames per video, at least 2. Default 16. */
  frames?: number | undefined;
  /** Height and width in pixels, even, at least 32. Default 64. */
  size?: number | undefined;
  /**
   * How many things of the kind, each a picture of its own, move as one: 1, 2 or 4. Default 2: what is hidden can be told from
   * what is seen by its kind, and by nothing else.
   */
  herd?: HerdSize | undefined;
  /** Pieces of background that move by themselves behind the object. Default 1. */
  distractors?: number | undefined;
  /** Pieces that pass before it. Default 1. */
  occluders?: number | undefined;
  /** Least and greatest height and width of the object, as parts of the frame's side. Default [0.42, 0.5]. */
  objectSize?: readonly [number, number] | undefined;
  /**
   * Least and greatest way of the camera over the video, in frame sides, shaking apart. Default [0.3, 0.6]: beside the
   * object's own way, 0.4 to 0.6 of a side, far enough that where it goes in the frame says only half.
   */
  cameraPath?: readonly [number, number] | undefined;
  /**
   * Standard deviation of the camera's grain, of 0 .. 255: noise of its own at every pixel of every frame. Default 50: without
   * it an attentive probe reads nearly everything from weights drawn at random.
   */
  grain?: number | undefined;
  /**
   * What of it is seen. Default `everything`; for baselines that cannot know the motion, the middle `frame` alone, repeated, or
   * the `background` with all that moves but the object.
   */
  shown?: ShownPart | undefined;
}

/** What is seen of a video with a moving object; labels and everything else stay what they are. */
export type ShownPart = 'everything' | 'frame' | 'background';

/** One generated video with its labels. */
export interface MovingObjectsSample {
  /** [frames, size, size, 3] */
  frames: RgbFrames;
  labels: GeneratedLabels;
}

/** A benchmark of objects that move before a cluttered, moving background. */
export interface MovingObjects {
  /** In label order. */
  classNames: Record<LabelKind, string[]>;
  /** Sample `index` of a split. */
  sample(split: GeneratedSplit, index: number): MovingObjectsSample;
  /** Its labels, without drawing it. */
  labels(split: GeneratedSplit, index: number): GeneratedLabels;
}

const GENERATOR_VERSION = 3;
/** The background is so many frames wide before it repeats itself. */
const BACKGROUND_FRAMES = 2;
/** Kept apart from other uses of the seed. */
const USE = 0x6d6f6f62;
const GRAIN = 0x67726e;

/**
 * Objects of ten kinds that move in one of eight directions, seen from a background that moves itself: cut-out pictures over
 * dead leaves under a camera that pans, shakes, rolls and zooms, with things that pass in front, others that move behind,
 * light that changes, and grain. Training, validation and test share no picture.
 *
 * @throws RangeError for settings out of range; BenchmarkError when the objects' package is not installed
 */
export async function movingObjects(settings: MovingObjectsSettings): Promise<MovingObjects> {
  const { seed, objects, frames, size, grain, shown = 'everything', ...amounts } = checked(settings);
  const images = await loadObjectImages(objects);
  const counts = { appearances: images.classNames.length, motions: DIRECTIONS.length };
  const labels = (split: GeneratedSplit, index: number) => generatedLabels(counts, seed, SPLIT_STREAMS[split], index);
  return {
    classNames: generatedClassNames([...images.classNames], [...DIRECTIONS]),
    labels,
    sample: (split, index) => {
      const { appearance, motion, joint } = labels(split, index);
      const random = stream([seed, SPLIT_STREAMS[split], index], USE);
      const herd = Array.from({ length: amounts.herd }, () => {
        const drawn = images.image(appearance, split, uniformInteger(random, images.count(appearance, split)));
        return shown === 'background' ? withoutOpacity(drawn) : drawn;
      });
      const scene = drawObjectScene(random, amounts);
      const background = deadLeaves(random, BACKGROUND_FRAMES * size);
      const filmed = { images: herd, motion: DIRECTIONS[motion] as Direction, background };
      const video = renderObjectScene(scene, filmed, frames, size);
      addGrain(stream([seed, SPLIT_STREAMS[split], index], USE, GRAIN), video, grain);
      if (shown === 'frame') repeatMiddleFrame(video);
      return { frames: video, labels: { appearance, motion, joint } };
    },
  };
}

function withoutOpacity(image: ObjectImage): ObjectImage {
  return { ...image, opacity: new Uint8Array(image.opacity.length) };
}

function repeatMiddleFrame({ data, frames }: RgbFrames): void {
  const length = data.length / frames;
  const middle = data.slice(Math.floor(frames / 2) * length, (Math.floor(frames / 2) + 1) * length);
  for (let frame = 0; frame < frames; frame++) data.set(middle, frame * length);
}

/** How many moving objects are written, and how. */
export interface MovingObjectsFiles extends MovingObjectsSettings, GeneratedFiles {}

/**
 * Writes moving objects as h264 files: `{split}/{index}.mp4`, an index file for each split and label, class names and a
 * `manifest.json`; see `writeMovingShapes`, whose folders are of the same form.
 *
 * @throws as {@link movingObjects}; Error when the folder holds a set made with other settings or cannot be made
 */
export async function writeMovingObjects(
  folder: string,
  settings: MovingObjectsFiles,
  options: WriteOptions,
): Promise<GeneratedFolder<LabelKind>> {
  const { classNames, sample, labels } = await movingObjects(settings);
  const set = {
    generator: 'moving-objects',
    version: GENERATOR_VERSION,
    settings: checked(settings),
    classNames,
    frames: (split: GeneratedSplit, index: number) => sample(split, index).frames,
    label: (split: GeneratedSplit, index: number, kind: LabelKind) => labels(split, index)[kind],
  };
  return writeGenerated(folder, set, settings, options);
}

/** Defaults filled in, values checked. */
function checked(settings: MovingObjectsSettings) {
  if (typeof settings !== 'object' || settings === null) {
    throw new RangeError(`settings are ${settings}; expected an object with a seed`);
  }
  const { seed, objects = DEFAULT_OBJECTS, frames = 16, size = 64, distractors = 1, occluders = 1 } = settings;
  const { herd = 2, objectSize = [0.42, 0.5], cameraPath = [0.3, 0.6], grain = 50, shown = 'everything' } = settings;
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed is ${seed}; expected an integer >= 0`);
  if (!['fashion-mnist', 'mnist', 'shapes'].includes(objects)) {
    throw new RangeError(`objects is '${objects}'; expected fashion-mnist, mnist or shapes`);
  }
  if (!Number.isInteger(frames) || frames < 2) throw new RangeError(`frames is ${frames}; expected an integer >= 2`);
  if (!Number.isInteger(size) || size < 32 || size % 2 !== 0) {
    throw new RangeError(`size is ${size}; expected an even number of pixels >= 32 (h264 stores colour at half size)`);
  }
  for (const [name, count] of Object.entries({ distractors, occluders })) {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`${name} is ${count}; expected an integer >= 0`);
  }
  if (!Object.hasOwn(HERD_PLACES, herd)) throw new RangeError(`herd is ${herd}; expected 1, 2 or 4`);
  if (!(isAscending(objectSize) && objectSize[0] > 0 && objectSize[1] <= 1)) {
    throw new RangeError(
      `objectSize is [${objectSize}]; expected two ascending parts of the frame's side, above 0 and at most 1`,
    );
  }
  if (!(isAscending(cameraPath) && cameraPath[0] >= 0)) {
    throw new RangeError(`cameraPath is [${cameraPath}]; expected two ascending parts of the frame's side, at least 0`);
  }
  if (!(Number.isFinite(grain) && grain >= 0)) {
    throw new RangeError(`grain is ${grain}; expected a standard deviation of brightness, 0 or more`);
  }
  if (!['everything', 'frame', 'background'].includes(shown)) {
    throw new RangeError(`shown is '${shown}'; expected everything, frame or background`);
  }
  // Manifests of whole videos say nothing of it, as those that were written before there were others.
  const part = shown === 'everything' ? {} : { shown };
  return { seed, objects, frames, size, herd, distractors, occluders, objectSize, cameraPath, grain, ...part };
}

function isAscending(range: unknown): range is [number, number] {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] <= range[1];
}
