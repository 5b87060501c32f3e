import { averagePrecision, type ScoredAnswer } from './average-precision.js';
import { meanOfPresent } from './multi-label.js';

/** Corners in any unit, the same for all boxes of a frame: [left, top, right, bottom]. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** An annotated box and its class. */
export interface GroundTruthBox {
  /** What the box lies in, such as '1j20qq1JyX4,0902'. */
  frame: string;
  box: Box;
  label: number;
}

/** A box that a detector found, with its score. */
export interface DetectedBox extends GroundTruthBox {
  score: number;
}

/** What a detector did on a set. */
export interface DetectionResult {
  /** Mean over the classes that occur, in percent. */
  meanAveragePrecision: number;
  /** Percent; NaN for a class that nothing shows. */
  perClass: { label: number; name: string; positives: number; detections: number; averagePrecision: number }[];
}

/** The classes, and when a box counts as found. */
export interface DetectionMetricOptions {
  /** Name of each label that counts; boxes of other labels are left out, as AVA does with its 20 rare classes. */
  classes: ReadonlyMap<number, string>;
  /** Least overlap of a detection with the box it finds. Default 0.5. */
  overlap?: number | undefined;
  /** Frames that do not count, whatever is added for them. */
  excludedFrames?: ReadonlySet<string> | undefined;
}

/** Collects boxes key frame by key frame. */
export interface DetectionMetric {
  addGroundTruth(boxes: Iterable<GroundTruthBox>): void;
  addDetections(boxes: Iterable<DetectedBox>): void;
  result(): DetectionResult;
}

/**
 * Frame mAP of AVA: per class, detections of a frame in the order of their scores each find the box they overlap most,
 * if by at least `overlap`; a box can be found once, later detections of it are wrong. Precision over recall is
 * integrated under its envelope (PASCAL VOC 2010). The result does not depend on the order in which boxes are added.
 */
export function detectionMetric(options: DetectionMetricOptions): DetectionMetric {
  const { classes, overlap = 0.5, excludedFrames = new Set<string>() } = options;
  const truths = new Map<number, Map<string, Box[]>>();
  const detections = new Map<number, Map<string, DetectedBox[]>>();
  const counts = (box: GroundTruthBox) => classes.has(box.label) && !excludedFrames.has(box.frame);

  return {
    addGroundTruth(boxes) {
      for (const truth of boxes) {
        checkBox(truth);
        if (counts(truth)) group(truths, truth).push(truth.box);
      }
    },
    addDetections(boxes) {
      for (const detection of boxes) {
        checkBox(detection);
        if (Number.isNaN(detection.score)) throw new RangeError(`a score in frame ${detection.frame} is not a number`);
        if (counts(detection)) group(detections, detection).push(detection);
      }
    },
    result() {
      const perClass = [...classes].map(([label, name]) => {
        const truthFrames = truths.get(label) ?? new Map<string, Box[]>();
        const answers: ScoredAnswer[] = [];
        for (const [frame, found] of detections.get(label) ?? []) {
          for (const answer of judgeFrame(found, truthFrames.get(frame) ?? [], overlap)) answers.push(answer);
        }
        const positives = [...truthFrames.values()].reduce((total, boxes) => total + boxes.length, 0);
        const precision = 100 * averagePrecision(answers, positives, { interpolation: 'envelope' });
        return { label, name, positives, detections: answers.length, averagePrecision: precision };
      });
      return { meanAveragePrecision: meanOfPresent(perClass), perClass };
    },
  };
}

/** The boxes of a label and frame, an empty list at first. */
function group<T>(byLabel: Map<number, Map<string, T[]>>, { label, frame }: GroundTruthBox): T[] {
  const frames = byLabel.get(label) ?? new Map<string, T[]>();
  const boxes = frames.get(frame) ?? [];
  byLabel.set(label, frames.set(frame, boxes));
  return boxes;
}

function checkBox({ box, frame }: GroundTruthBox): void {
  if (!(box[2] >= box[0] && box[3] >= box[1])) {
    throw new RangeError(`box [${box.join(', ')}] in frame ${frame} is not [left, top, right, bottom]`);
  }
}

/** Decides which detections of one class in one frame are right. */
function judgeFrame(detections: readonly DetectedBox[], truths: readonly Box[], overlap: number): ScoredAnswer[] {
  const found = new Set<number>();
  return [...detections].sort(byScoreThenPlace).map(({ box, score }) => {
    let best = -1;
    let bestOverlap = 0;
    for (const [place, truth] of truths.entries()) {
      const shared = intersectionOverUnion(box, truth);
      if (shared > bestOverlap) [best, bestOverlap] = [place, shared];
    }
    const correct = best >= 0 && bestOverlap >= overlap && !found.has(best);
    if (correct) found.add(best);
    return { score, correct };
  });
}

/** Highest score first; equal scores by their boxes, so that the order of adding cannot matter. */
function byScoreThenPlace(a: DetectedBox, b: DetectedBox): number {
  return b.score - a.score || a.box[0] - b.box[0] || a.box[1] - b.box[1] || a.box[2] - b.box[2] || a.box[3] - b.box[3];
}

/** Area shared by two boxes over the area covered by either, in [0, 1]; 0 for boxes without area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared);
}
