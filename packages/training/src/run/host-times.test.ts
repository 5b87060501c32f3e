import { describe, expect, it } from 'vitest';
import { hostTimes, slowestHost } from './host-times.js';
import type { StepMetrics } from './metrics-file.js';

const step = (host_data_ms?: number[], host_compute_ms?: number[]) =>
  ({ host_data_ms, host_compute_ms }) as unknown as StepMetrics;

describe('hostTimes', () => {
  it('are means of each host over steps', () => {
    const steps = [step([1, 20, 3], [100, 90, 95]), step([3, 40, 3], [110, 80, 95])];
    expect(hostTimes(steps)).toEqual([
      { host: 0, wait: 2, compute: 105 },
      { host: 1, wait: 30, compute: 85 },
      { host: 2, wait: 3, compute: 95 },
    ]);
    expect(slowestHost(hostTimes(steps))?.host).toBe(1);
  });

  it('are of nobody where one process trained', () => {
    expect(hostTimes([step(), step()])).toEqual([]);
    expect(hostTimes([])).toEqual([]);
    expect(slowestHost([])).toBeUndefined();
  });

  it('name no slowest where all wait alike, or hardly at all', () => {
    expect(slowestHost(hostTimes([step([50, 60, 70], [100, 90, 80])]))).toBeUndefined();
    expect(slowestHost(hostTimes([step([0, 0.5, 0], [100, 100, 100])]))).toBeUndefined();
  });
});
