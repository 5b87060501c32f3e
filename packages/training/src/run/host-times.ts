import type { StepMetrics } from './metrics-file.js';

/** What a host of a run spent on a step, milliseconds. */
export interface HostTimes {
  host: number;
  /** Waiting for its clips. The others wait with it, in their steps. */
  wait: number;
  /** In the training step, waiting for the other hosts' gradients counted. */
  compute: number;
}

/** Means over steps, of each host that shared all of them; none where a step was one process's. */
export function hostTimes(steps: readonly StepMetrics[]): HostTimes[] {
  const waits = steps.map((step) => step.host_data_ms ?? []);
  const computes = steps.map((step) => step.host_compute_ms ?? []);
  const count = Math.min(...waits.map(({ length }) => length));
  if (steps.length === 0 || count === 0) return [];
  const mean = (values: readonly (readonly number[])[], host: number) =>
    values.reduce((sum, own) => sum + (own[host] ?? 0), 0) / values.length;
  return Array.from({ length: count }, (_, host) => ({ host, wait: mean(waits, host), compute: mean(computes, host) }));
}

/** The host that waits longest for its clips, where others wait for it: it waits more than twice as long as they do in the middle. */
export function slowestHost(times: readonly HostTimes[]): HostTimes | undefined {
  const sorted = times.toSorted((a, b) => a.wait - b.wait);
  const [middle, last] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  // Less than a hundredth of a step is nobody's concern.
  if (middle === undefined || last === undefined || last.wait < (last.wait + last.compute) / 100) return undefined;
  return last.wait > 2 * middle.wait ? last : undefined;
}
