import { textTable } from '@vjepa/training';
import { bestOnValidation, type TrainingOutcome } from './evaluation-outcome.js';
import { lowShotMeans } from './low-shot-means.js';
import { percent } from './percent.js';

/** A row for each probe of each training; with several low-shot draws also mean and deviation. */
export function describeOutcomes(outcomes: readonly TrainingOutcome[]): string {
  const test = outcomes.some(({ probes }) => probes.some((probe) => probe.test));
  const heldOut = outcomes.some(({ heldOutSamples }) => heldOutSamples !== undefined);
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
      ...(heldOut ? [percent(probe.heldOutTop1 ?? Number.NaN)] : []),
      ...(test ? [probe.test ? percent(probe.test.top1) : ''] : []),
      remark(outcome, i),
    ]),
  );
  const more = [...(heldOut ? ['held-out top-1'] : []), ...(test ? ['test top-1'] : [])];
  const lines = [textTable([...header, ...more, ''], rows), ...outcomes.flatMap(describeChoice)];
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

function remark({ probes, chosen, heldOutSamples }: TrainingOutcome, i: number): string {
  if (probes[i]!.validation === null) return 'diverged, left out';
  if (probes.length === 1) return '';
  const best = i === bestOnValidation(probes) ? ['best on validation'] : [];
  return (heldOutSamples !== undefined && i === chosen ? ['chosen', ...best] : best).join(', ');
}

/** Both numbers, where the probe was chosen on samples that were held out. */
function describeChoice({ probes, chosen, heldOutSamples }: TrainingOutcome): string[] {
  if (heldOutSamples === undefined) return [];
  const top1 = (i: number) => percent(probes[i]!.validation?.top1 ?? Number.NaN);
  return [
    `top-1 ${top1(chosen)} of the probe chosen on ${heldOutSamples} held-out training samples; ` +
      `${top1(bestOnValidation(probes))} of the best on the validation set itself, as published numbers are`,
  ];
}

function describeSplit({ lowShot, trainingSamples }: TrainingOutcome): string {
  if (lowShot === null) return `all ${trainingSamples}`;
  return `${Number((100 * lowShot.fraction).toPrecision(3))} % (${trainingSamples}), seed ${lowShot.seed}`;
}
