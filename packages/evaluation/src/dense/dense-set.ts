import {
  type AnnotatedPicture,
  type DepthResult,
  type DepthSet,
  depthMetric,
  IGNORED,
  loadAde20k,
  loadNyuDepth,
  loadPascalVoc,
  loadSegmentationFolder,
  type PascalVocOptions,
  type SegmentationResult,
  type SegmentationSet,
  segmentationMetric,
} from '@vjepa/benchmarks';
import { InputError, requireChoice } from '@vjepa/training';
import { type RgbFrames, readImage } from '@vjepa/video';
import type { DensePlan } from './dense-plan.js';

/** A number for each pixel of a picture: its class, or its depth in metres. */
export interface PixelTargets {
  height: number;
  width: number;
  values: Uint8Array | Float32Array;
}

/** A picture and what its pixels are. */
export interface DensePicture {
  picture: RgbFrames;
  targets: PixelTargets;
}

/** What was answered of a picture's pixels, in the form of the targets. */
export type PixelAnswers = PixelTargets;

/** Annotated pictures of one kind. */
export interface DenseSet {
  entries: readonly AnnotatedPicture[];
  /** Names of the classes; undefined where pixels have depths. */
  classNames: readonly string[] | undefined;
  /** The target of pixels that do not count. */
  ignored: number;
  /** Whether a pixel with this target counts in the loss. */
  counts(target: number): boolean;
  /** @throws VideoError and BenchmarkError for files that cannot be read; InputError for those of different sizes */
  read(entry: AnnotatedPicture): Promise<DensePicture>;
  /** What collects answers. */
  metric(): DenseMetric;
}

/** Compares answers with targets, picture by picture. */
export interface DenseMetric {
  add(answers: PixelAnswers, targets: PixelTargets): void;
  result(): DenseResult;
}

/** How good answers are. */
export type DenseResult =
  | { task: 'segmentation'; segmentation: SegmentationResult }
  | { task: 'depth'; depth: DepthResult };

/** The number by which probes are compared, the larger the better: mean IoU in percent, or RMSE in metres below 0. */
export function denseScore(result: DenseResult): number {
  return result.task === 'segmentation' ? result.segmentation.meanIou : -result.depth.rmse;
}

/** Pixels, or of depth pictures, that a result is of. */
export function denseCount(result: DenseResult): number {
  return result.task === 'segmentation' ? result.segmentation.pixels : result.depth.pictures;
}

/** @throws BenchmarkError for missing files; InputError for a split that there is none of */
export async function readDenseSet({ data, probe }: DensePlan, part: 'train' | 'validation'): Promise<DenseSet> {
  const { benchmark, root } = data;
  const split = data[part];
  const splitIn = <Split extends string>(splits: readonly Split[]): Split => {
    requireChoice(`data.${part}`, split, splits);
    return split as Split;
  };
  switch (benchmark) {
    case 'ade20k':
      return ofClasses(await loadAde20k({ root, split: splitIn(['train', 'val']) }));
    case 'pascal-voc': {
      const splits: readonly PascalVocOptions['split'][] = ['train', 'val', 'trainval', 'train_aug'];
      return ofClasses(await loadPascalVoc({ root, split: splitIn(splits) }));
    }
    case 'folder':
      return ofClasses(await loadSegmentationFolder({ root, split }));
    case 'nyu-depth':
      return ofDepths(await loadNyuDepth({ root, split: splitIn(['train', 'test']) }), probe);
  }
}

function ofClasses(set: SegmentationSet): DenseSet {
  return {
    entries: set.entries,
    classNames: set.classNames,
    ignored: IGNORED,
    counts: (target) => target !== IGNORED,
    async read(entry) {
      const [picture, { labels, ...size }] = await Promise.all([readImage(entry.path), set.readClasses(entry)]);
      return sameSize(entry, picture, { ...size, values: labels as Uint8Array });
    },
    metric() {
      const metric = segmentationMetric(set.classNames, { ignoreIndex: IGNORED });
      return {
        add: ({ values: predicted }, { values: target }) => metric.add({ predicted, target }),
        result: () => ({ task: 'segmentation', segmentation: metric.result() }),
      };
    },
  };
}

function ofDepths(set: DepthSet, { minDepth, maxDepth }: DensePlan['probe']): DenseSet {
  return {
    entries: set.entries,
    classNames: undefined,
    ignored: 0,
    counts: (target) => target >= minDepth && target <= maxDepth,
    async read(entry) {
      const [picture, { depth, ...size }] = await Promise.all([readImage(entry.path), set.readDepth(entry)]);
      return sameSize(entry, picture, { ...size, values: depth });
    },
    metric() {
      const metric = depthMetric({ minDepth, maxDepth });
      return {
        add: ({ values: predicted }, targets) => {
          metric.add({ predicted, target: targets.values, mask: evaluatedMask(set, targets) });
        },
        result: () => ({ task: 'depth', depth: metric.result() }),
      };
    },
  };
}

/** 1 inside the part of a picture that counts; undefined where all of it does. */
function evaluatedMask(set: DepthSet, { height, width }: PixelTargets): Uint8Array | undefined {
  const part = set.evaluated({ height, width });
  if (part === undefined) return undefined;
  const mask = new Uint8Array(height * width);
  for (let y = part.top; y < part.top + part.height; y++) {
    mask.fill(1, y * width + part.left, y * width + part.left + part.width);
  }
  return mask;
}

function sameSize({ path, annotation }: AnnotatedPicture, picture: RgbFrames, targets: PixelTargets): DensePicture {
  if (picture.height === targets.height && picture.width === targets.width) return { picture, targets };
  const problem = `is ${targets.width} x ${targets.height}, and ${path} ${picture.width} x ${picture.height}`;
  throw new InputError({ subject: annotation, problem, remedy: 'annotate every pixel of the picture as it is' });
}
