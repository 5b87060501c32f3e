import { lowShotMeans, type TrainingOutcome } from '@vjepa/evaluation';
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
  for (const { fraction, draws, mean, deviation } of lowShotMeans(outcomes)) {
    const top1 = `top-1 ${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
    lines.push(`${100 * fraction} % of the labels, ${draws} draws: ${top1}`);
  }
  const [{ probes, chosen }] = outcomes as [TrainingOutcome];
  const { failures } = probes[chosen]!.validation!;
  if (failures.length > 0) {
    lines.push(`${failures.length} validation samples could not be read and count as wrong:`);
    for (const { path, reason } of failures) lines.push(`  ${reason.includes(path) ? reason : `${path}: ${reason}`}`);
  }
  return lines.join('\n');
}

function remark({ probes, chosen }: TrainingOutcome, i: number): string {
  if (probes[i]!.validation === null) return 'diverged, left out';
  return probes.length > 1 && i === chosen ? 'best on validation' : '';
}

function describeSplit({ lowShot, trainingSamples }: TrainingOutcome): string {
  if (lowShot === null) return `all ${trainingSamples}`;
  return `${Number((100 * lowShot.fraction).toPrecision(3))} % (${trainingSamples}), seed ${lowShot.seed}`;
}

export function percent(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
