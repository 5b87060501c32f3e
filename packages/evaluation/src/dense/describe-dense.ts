import { textTable } from '@vjepa/training';
import { percent } from '../evaluate/percent.js';
import type { DenseResult } from './dense-set.js';
import type { DenseResults } from './evaluate-dense.js';
import type { TrackingResult } from './track-objects.js';

/** What linear layers read off: the result, each class where there are some, and the sweep where there was one. */
export function describeDense({ result, candidates, chosen }: DenseResults): string {
  const parts: string[] = [];
  if (candidates.length > 1) {
    const rows = candidates.map(({ learningRate, weightDecay, heldOut }, i) => {
      const score = heldOut ? scoreLine(heldOut) : 'diverged';
      return [String(learningRate), String(weightDecay), score, i === chosen ? 'chosen' : ''];
    });
    parts.push(textTable(['learning rate', 'weight decay', 'held out', ''], rows));
  }
  if (result.task === 'segmentation') {
    const { perClass, meanIou, pixelAccuracy, meanAccuracy } = result.segmentation;
    const present = perClass.filter(({ iou }) => !Number.isNaN(iou)).sort((a, b) => b.iou - a.iou);
    parts.push(
      textTable(
        ['class', 'pixels', 'IoU'],
        present.map(({ name, pixels, iou }) => [name, String(pixels), percent(iou)]),
      ),
    );
    const accuracy = `pixel accuracy ${percent(pixelAccuracy)}, mean of classes ${percent(meanAccuracy)}`;
    parts.push(`mean IoU ${percent(meanIou)} over ${present.length} classes, ${accuracy}`);
  } else {
    const { pictures, rmse, absRel, delta1, delta2, delta3 } = result.depth;
    const within = [delta1, delta2, delta3].map((share) => percent(100 * share)).join(', ');
    const errors = `RMSE ${rmse.toFixed(3)} m, relative error ${absRel.toFixed(3)}`;
    parts.push(`${errors}, within 1.25, 1.25² and 1.25³: ${within}, over ${pictures} pictures`);
  }
  return parts.join('\n\n');
}

function scoreLine(result: DenseResult): string {
  return result.task === 'segmentation'
    ? `mean IoU ${percent(result.segmentation.meanIou)}`
    : `RMSE ${result.depth.rmse.toFixed(3)} m`;
}

/** A row for each followed object, the means of all, and the videos that are not in them. */
export function describeTracking(result: TrackingResult): string {
  const { perObject, regionAndBoundary, region, boundary, unmeasured } = result;
  const left = `not measured, for fewer than three frames or one annotation: ${unmeasured.join(', ')}`;
  if (perObject.length === 0) return left;
  const rows = perObject.map(({ video, object, region, boundary }) => {
    return [video, String(object), percent(region.mean), percent(boundary.mean)];
  });
  const line = (name: string, { mean, recall, decay }: typeof region) => {
    return `${name} ${percent(mean)} (recall ${percent(recall)}, decay ${percent(decay)})`;
  };
  const means = `J&F ${percent(regionAndBoundary)}: ${line('J', region)}, ${line('F', boundary)}`;
  return [textTable(['video', 'object', 'J', 'F'], rows), means, ...(unmeasured.length > 0 ? [left] : [])].join('\n\n');
}
