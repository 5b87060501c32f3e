/** What is predicted for the pixels of a picture, and what they are. */
export interface SegmentationBatch {
  /** Class of each pixel, 0..C-1. */
  predicted: ArrayLike<number>;
  /** The same of the annotation; `ignoreIndex` where a pixel does not count. */
  target: ArrayLike<number>;
}

/** Which pixels do not count. */
export interface SegmentationMetricOptions {
  /** The annotation's value of pixels that do not count. Default 255, as in PASCAL VOC. */
  ignoreIndex?: number | undefined;
}

/** What a segmentation got right on a set. */
export interface SegmentationResult {
  /** Pixels that count. */
  pixels: number;
  /** Percent: the mean of the IoU of classes that occur in annotation or prediction. NaN without pixels. */
  meanIou: number;
  /** Percent of pixels whose class is predicted. */
  pixelAccuracy: number;
  /** Percent: the share of a class's pixels that is found, averaged over classes that occur in the annotation. */
  meanAccuracy: number;
  /** `iou` in percent, NaN of a class that occurs in neither; `pixels` of it in the annotation. */
  perClass: { name: string; pixels: number; iou: number }[];
}

/** Counts pixels by their class and the class predicted, picture by picture. */
export interface SegmentationMetric {
  /** @throws RangeError for lengths that differ, and for values that are no class */
  add(batch: SegmentationBatch): void;
  result(): SegmentationResult;
}

/**
 * Mean intersection over union from the one confusion matrix of a whole set (PASCAL VOC, Everingham et al. 2010, section
 * 4.2): IoU = true positives / (true positives + false positives + false negatives).
 *
 * @param names of the classes, in the order of their numbers
 */
export function segmentationMetric(
  names: readonly string[],
  { ignoreIndex = 255 }: SegmentationMetricOptions = {},
): SegmentationMetric {
  const size = names.length;
  /** [target, predicted]; a set's pixels are more than 32 bits can count. */
  const confusion = new Float64Array(size * size);

  const requireClass = (value: number, of: string) => {
    if (Number.isInteger(value) && value >= 0 && value < size) return;
    throw new RangeError(`${of} ${value} is outside the ${size} classes (0..${size - 1})`);
  };

  return {
    add({ predicted, target }) {
      if (predicted.length !== target.length) {
        throw new RangeError(`${predicted.length} pixels are predicted, expected the annotation's ${target.length}`);
      }
      for (let i = 0; i < target.length; i++) {
        const [expected, found] = [target[i]!, predicted[i]!];
        if (expected === ignoreIndex) continue;
        requireClass(expected, 'annotated class');
        requireClass(found, 'predicted class');
        confusion[expected * size + found]!++;
      }
    },
    result() {
      const counts = names.map((_, c) => {
        let [annotated, predicted] = [0, 0];
        for (let other = 0; other < size; other++) {
          annotated += confusion[c * size + other]!;
          predicted += confusion[other * size + c]!;
        }
        return { annotated, predicted, correct: confusion[c * size + c]! };
      });
      const pixels = counts.reduce((sum, { annotated }) => sum + annotated, 0);
      const correct = counts.reduce((sum, count) => sum + count.correct, 0);
      const perClass = counts.map(({ annotated, predicted, correct: both }, c) => {
        return { name: names[c]!, pixels: annotated, iou: (100 * both) / (annotated + predicted - both) };
      });
      return {
        pixels,
        meanIou: meanOfNumbers(perClass.map(({ iou }) => iou)),
        pixelAccuracy: (100 * correct) / pixels,
        meanAccuracy: meanOfNumbers(counts.map((count) => (100 * count.correct) / count.annotated)),
        perClass,
      };
    },
  };
}

/** The mean of what is a number; NaN where nothing is. */
export function meanOfNumbers(values: readonly number[]): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}
