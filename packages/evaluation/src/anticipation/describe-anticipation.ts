import { textTable } from '@vjepa/training';
import type { MeasuredResult } from '../evaluate/answered-task.js';
import { bestOnValidation, type TrainingOutcome } from '../evaluate/evaluation-outcome.js';
import { percent } from '../evaluate/percent.js';
import { bestRecall, recallOf } from './recall.js';

/** Class-mean recall at 5, such as `verb 63.60, noun 57.10, action 39.70`. */
function inWords(recall: object): string {
  return Object.entries(recall)
    .map(([task, value]) => `${task} ${percent(value)}`)
    .join(', ');
}

/** One line on how a probe did. */
export function describeRecall(result: MeasuredResult): string {
  const { count, failures } = result;
  const missed = failures.length === 0 ? '' : `; ${failures.length} could not be read and count as missed`;
  return `class-mean recall at 5 on ${count} actions: ${inWords(recallOf(result))}${missed}`;
}

/** Of each training a row for each probe, the chosen one's recall, and the best of each, as published numbers are. */
export function describeAnticipation(outcomes: readonly TrainingOutcome[]): string {
  return outcomes.map(describeTraining).join('\n\n');
}

function describeTraining({ probes, chosen, heldOutSamples }: TrainingOutcome): string {
  const isHeldOut = heldOutSamples !== undefined;
  const best = bestOnValidation(probes);
  const rows = probes.map(({ learningRate, weightDecay, trainLoss, validation, heldOutRecall = Number.NaN }, i) => [
    ...[String(learningRate), String(weightDecay), trainLoss.toFixed(4)],
    ...(validation ? Object.values(recallOf(validation)).map(percent) : ['-', '-', '-']),
    ...(isHeldOut ? [percent(heldOutRecall)] : []),
    validation
      ? [...(i === chosen ? ['chosen'] : []), ...(i === best ? ['best on validation'] : [])].join(', ')
      : 'diverged',
  ]);
  const header = ['lr', 'weight decay', 'train loss', 'verb', 'noun', 'action', ...(isHeldOut ? ['held out'] : []), ''];
  const lines = [textTable(header, rows), describeRecall(probes[chosen]!.validation!)];
  if (probes.length > 1) {
    lines.push(`the best of each on the validation set, as published numbers are: ${inWords(bestRecall(probes))}`);
  }
  return lines.join('\n');
}
