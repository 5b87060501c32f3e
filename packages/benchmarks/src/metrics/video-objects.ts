import { boundaryAccuracy, regionSimilarity } from './mask-similarity.js';
import { meanOfNumbers } from './segmentation.js';

/** A measure of an object over the frames of its video, all in percent. */
export interface OverFrames {
  mean: number;
  /** Percent of frames with more than 50. */
  recall: number;
  /** The mean of the first quarter of the frames less that of the last: what is lost on the way. */
  decay: number;
}

/** How well one object was followed. */
export interface ObjectResult {
  video: string;
  /** Its number in the annotation, from 1. */
  object: number;
  region: OverFrames;
  boundary: OverFrames;
}

/** How well the objects of a set were followed: means over objects, each of the same weight. */
export interface VideoObjectResult {
  /** Mean of J and F, in percent: what is published as J&F. */
  regionAndBoundary: number;
  /** J: intersection over union. */
  region: OverFrames;
  /** F: of the outlines. */
  boundary: OverFrames;
  perObject: ObjectResult[];
}

/** Label maps of a video's frames: 0 is the background, 255 does not count, others are objects. */
export interface SegmentedVideo {
  video: string;
  height: number;
  width: number;
  /** Frame by frame, [height * width]. */
  predicted: readonly ArrayLike<number>[];
  annotated: readonly ArrayLike<number>[];
}

/** When outlines meet. */
export interface VideoObjectMetricOptions {
  /** Distance at which outlines still meet, as a share of the frame's diagonal. Default 0.008. */
  tolerance?: number | undefined;
}

/** Measures followed objects video by video. */
export interface VideoObjectMetric {
  /**
   * The objects are those of the first annotated frame. That frame is given, and the last one is not measured, as in DAVIS.
   *
   * @throws RangeError for fewer than three frames, for numbers of frames or pixels that differ, for no objects
   */
  add(video: SegmentedVideo): ObjectResult[];
  result(): VideoObjectResult;
}

/** A pixel that does not count: it is taken out of prediction and annotation. */
const VOID = 255;

/**
 * J and F of DAVIS 2017 (Pont-Tuset et al. 2017, section 3; measures: Perazzi et al. 2016, section 5), where the masks of the
 * first frame are given.
 */
export function videoObjectMetric({ tolerance = 0.008 }: VideoObjectMetricOptions = {}): VideoObjectMetric {
  const perObject: ObjectResult[] = [];
  return {
    add(video) {
      const objects = objectsOf(video);
      const measured = video.annotated
        .slice(1, -1)
        .map((annotated, i) => ({ annotated, predicted: video.predicted[i + 1]! }));
      const results = objects.map((object): ObjectResult => {
        const values = measured.map(({ annotated, predicted }) => {
          const truth = maskOf(annotated, object, annotated);
          const found = maskOf(predicted, object, annotated);
          return {
            region: regionSimilarity(found, truth),
            boundary: boundaryAccuracy(found, truth, { height: video.height, width: video.width }, tolerance),
          };
        });
        return {
          video: video.video,
          object,
          region: overFrames(values.map(({ region }) => region)),
          boundary: overFrames(values.map(({ boundary }) => boundary)),
        };
      });
      perObject.push(...results);
      return results;
    },
    result() {
      const over = (measure: 'region' | 'boundary'): OverFrames => {
        const mean = (of: keyof OverFrames) => meanOfNumbers(perObject.map((object) => object[measure][of]));
        return { mean: mean('mean'), recall: mean('recall'), decay: mean('decay') };
      };
      const [region, boundary] = [over('region'), over('boundary')];
      return { regionAndBoundary: (region.mean + boundary.mean) / 2, region, boundary, perObject: [...perObject] };
    },
  };
}

/** Numbers of the first frame's objects, ascending. */
function objectsOf({ video, height, width, predicted, annotated }: SegmentedVideo): number[] {
  if (annotated.length < 3 || predicted.length !== annotated.length) {
    const found = `${predicted.length} frames are predicted and ${annotated.length} annotated`;
    throw new RangeError(`${video}: ${found}, expected as many, and at least 3`);
  }
  for (const frame of [...predicted, ...annotated]) {
    if (frame.length !== height * width) {
      throw new RangeError(`${video}: a frame has ${frame.length} pixels, expected ${width} x ${height}`);
    }
  }
  const objects = [...new Set(Array.from(annotated[0]!))].filter((label) => label > 0 && label !== VOID);
  if (objects.length === 0) throw new RangeError(`${video}: the first frame has no objects to follow`);
  return objects.sort((a, b) => a - b);
}

function maskOf(labels: ArrayLike<number>, object: number, annotated: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(labels, (label, i) => Number(label === object && annotated[i] !== VOID));
}

/** @param values 0..1, frame by frame */
function overFrames(values: readonly number[]): OverFrames {
  const mean = (of: readonly number[]) => (100 * of.reduce((sum, value) => sum + value, 0)) / of.length;
  // Quarters share the frames at which they meet, as in the published evaluation.
  const bound = (quarter: number) => Math.round((quarter * (values.length - 1)) / 4 + 1e-10);
  return {
    mean: mean(values),
    recall: mean(values.map((value) => Number(value > 0.5))),
    decay: mean(values.slice(bound(0), bound(1) + 1)) - mean(values.slice(bound(3), bound(4) + 1)),
  };
}
