import { bestOnValidation, type MeasuredResult, type TrainingOutcome } from '@vjepa/evaluation';
import { textTable } from '../text-table.js';
import { percent } from './evaluation-report.js';

/** Class-mean recall at 5 of verbs, nouns and actions, in percent. */
function recalls({ tasks = {}, meanPerClassTop5 }: MeasuredResult): number[] {
  return [...Object.values(tasks).map((task) => task.meanPerClassTop5), meanPerClassTop5];
}

/** One line on how a probe did. */
export function describeRecall(result: MeasuredResult): string {
  const [verb, noun, action] = recalls(result).map(percent);
  const missed =
    result.failures.length === 0 ? '' : `; ${result.failures.length} could not be read and count as missed`;
  return `class-mean recall at 5 on ${result.count} actions: verb ${verb}, noun ${noun}, action ${action}${missed}`;
}

/** A row for each probe, the chosen one's recall, and the best of each question apart, as published numbers are. */
export function describeAnticipation(outcomes: readonly TrainingOutcome[]): string {
  return outcomes.map(describeTraining).join('\n\n');
}

function describeTraining({ probes, chosen, heldOutSamples }: TrainingOutcome): string {
  const best = bestOnValidation(probes);
  const rows = probes.map(({ learningRate, weightDecay, trainLoss, validation, heldOutRecall }, i) => [
    ...[String(learningRate), String(weightDecay), trainLoss.toFixed(4)],
    ...(validation ? recalls(validation).map(percent) : ['-', '-', '-']),
    ...(heldOutSamples === undefined ? [] : [percent(heldOutRecall ?? Number.NaN)]),
    [validation ? '' : 'diverged, left out', i === chosen ? 'chosen' : '', i === best ? 'best on validation' : '']
      .filter((remark) => remark !== '')
      .join(', '),
  ]);
  const header = ['lr', 'weight decay', 'train loss', 'verb', 'noun', 'action'];
  const more = [...(heldOutSamples === undefined ? [] : ['held-out action']), ''];
  const all = probes.flatMap(({ validation }) => (validation ? [recalls(validation)] : []));
  const [verb, noun, action] = [0, 1, 2].map((task) => percent(Math.max(...all.map((of) => of[task]!))));
  return [
    textTable([...header, ...more], rows),
    describeRecall(probes[chosen]!.validation!),
    ...(probes.length > 1
      ? [
          `the best of each on the validation set, as published numbers are: verb ${verb}, noun ${noun}, action ${action}`,
        ]
      : []),
  ].join('\n');
}
