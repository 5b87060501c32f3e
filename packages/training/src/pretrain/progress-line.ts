import { hostTimes, slowestHost } from '../run/host-times.js';
import type { StepMetrics } from '../run/metrics-file.js';
import { describeFlops } from './describe-flops.js';

/**
 * One line about the steps since the last line: loss, schedules, gradient norms, and where the time went. Loss and
 * times are means over `steps`, everything else is the newest step's.
 *
 * @param isFirst whether this is the session's first step, whose time holds compilation and tells nothing of the time left
 */
export function progressLine(steps: readonly StepMetrics[], totalSteps: number, isFirst = false): string {
  const last = steps.at(-1)!;
  const mean = (
    key: 'loss' | 'step_ms' | 'data_ms' | 'compute_ms' | 'clips_per_second' | 'model_flops_per_second' | 'utilization',
  ) => steps.reduce((sum, step) => sum + (step[key] ?? 0), 0) / steps.length;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const share = last.utilization === undefined ? undefined : mean('utilization');
  const slow = slowestHost(hostTimes(steps));
  const where = slow === undefined ? '' : `, at host ${slow.host} ${seconds(slow.wait)}`;
  const parts = [
    `step ${last.step}/${totalSteps}`,
    `loss ${mean('loss').toFixed(4)}`,
    `lr ${last.learning_rate.toExponential(2)}`,
    `wd ${last.weight_decay.toFixed(4)}`,
    ...(last.momentum === undefined ? [] : [`momentum ${last.momentum.toFixed(5)}`]),
    `gradients ${last.encoder_grad_norm.toPrecision(3)} / ${last.predictor_grad_norm.toPrecision(3)}`,
    `${mean('clips_per_second').toFixed(1)} clips/s`,
    ...(last.model_flops_per_second === undefined ? [] : [describeFlops(mean('model_flops_per_second'), share)]),
    `${seconds(mean('step_ms'))}/step (data ${seconds(mean('data_ms'))}${where}, compute ${seconds(mean('compute_ms'))})`,
    `${(last.rss_mb / 1024).toFixed(1)} GB`,
    ...(isFirst ? [] : [`${duration((totalSteps - last.step) * mean('step_ms'))} left`]),
  ];
  return parts.join('  ');
}

/** 95,000 ms as 1:35, hours in front when there are any. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
