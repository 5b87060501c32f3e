import type { ClassificationResult } from '@vjepa/benchmarks';
import { meanAndDeviation, type TrainingOutcome } from '@vjepa/evaluation';
import { textTable } from '../text-table.js';

/** A row for each probe of each training; with several low-shot draws also mean and deviation. */
export function describeOutcomes(outcomes: readonly TrainingOutcome[]): string {
  const test = outcomes.some(({ probes }) => probes.some((probe) => probe.test));
  const header = ['training set', 'lr', 'weight decay', 'train loss', 'train top-1', 'top-1', 'top-5', 'per class'];
  const rows = outcomes.flatMap((outcome) =>
    outcome.probes.map((probe, i) => [
      describeSplit(outcome),
      probe.learningRate.toString(),
      probe.weightDecay.toString(),
      probe.trainLoss.toFixed(4),
      percent(probe.trainTop1),
      percent(probe.validation?.top1 ?? Number.NaN),
      percent(probe.validation?.top5 ?? Number.NaN),
      percent(probe.validation?.meanPerClass ?? Number.NaN),
      ...(test ? [probe.test ? percent(probe.test.top1) : ''] : []),
      remark(outcome, i),
    ]),
  );
  const lines = [textTable([...header, ...(test ? ['test top-1'] : []), ''], rows)];
  const means = lowShotMeans(outcomes);
  if (means.length > 0) lines.push(...means);
  const { failures } = chosenOf(outcomes[0]!);
  if (failures.length > 0) {
    lines.push(`${failures.length} validation samples could not be read and count as wrong:`);
    for (const { path, reason } of failures) lines.push(`  ${reason.includes(path) ? reason : `${path}: ${reason}`}`);
  }
  return lines.join('\n');
}

/** What the chosen probe did on the validation set. */
function chosenOf({ probes, chosen }: TrainingOutcome): ClassificationResult {
  return probes[chosen]!.validation!;
}

function remark({ probes, chosen }: TrainingOutcome, i: number): string {
  if (probes[i]!.validation === null) return 'diverged, left out';
  return probes.length > 1 && i === chosen ? 'best on validation' : '';
}

function describeSplit({ lowShot, trainingSamples }: TrainingOutcome): string {
  if (lowShot === null) return `all ${trainingSamples}`;
  return `${Number((100 * lowShot.fraction).toPrecision(3))} % (${trainingSamples}), seed ${lowShot.seed}`;
}

/** Mean and sample standard deviation over the draws of each fraction, of the chosen probes. */
function lowShotMeans(outcomes: readonly TrainingOutcome[]): string[] {
  const byFraction = new Map<number, number[]>();
  for (const { lowShot, probes, chosen } of outcomes) {
    if (lowShot === null) continue;
    const top1 = (probes[chosen]!.test ?? probes[chosen]!.validation!).top1;
    byFraction.set(lowShot.fraction, [...(byFraction.get(lowShot.fraction) ?? []), top1]);
  }
  return [...byFraction]
    .filter(([, values]) => values.length > 1)
    .map(([fraction, values]) => {
      const { mean, deviation } = meanAndDeviation(values);
      return `${100 * fraction} % of the labels, ${values.length} draws: top-1 ${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
    });
}

export function percent(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
