import { describe, expect, it } from 'vitest';
import { accelerator } from './accelerators.js';
import { exchangeSeconds, exposedSeconds, slowestLink } from './exchange-time.js';

const { linkBytesPerSecond, networkBytesPerSecond } = accelerator('h200');
const links = (devices: number) => ({
  ...{ devices, devicesPerHost: Math.min(8, devices), linkBytesPerSecond, networkBytesPerSecond },
});
const assumed = { links: 0.8, stageSeconds: 1e-5 };

describe('the slowest link', () => {
  it('is the network from the second host on: eight cards of 400 Gbit/s, 400 GB/s', () => {
    expect(slowestLink(links(8))).toEqual({ name: 'within hosts', bytesPerSecond: 450e9 });
    expect(slowestLink(links(16))).toEqual({ name: 'between hosts', bytesPerSecond: 400e9 });
  });

  it('is NVLink where hosts have more network than that', () => {
    expect(slowestLink({ ...links(16), networkBytesPerSecond: 100e9 }).name).toBe('within hosts');
  });
});

describe('time of exchanges', () => {
  it('of an all-reduce: every byte twice but for an nth, and its stages', () => {
    // 2 x 7/8 x 1.2 GB at 360 GB/s, and 2 x 10 exchanges of 3 stages of 10 us.
    const seconds = exchangeSeconds({ kind: 'all-reduce', bytes: 1.2e9, count: 10 }, links(8), assumed);
    expect(seconds).toBeCloseTo(2.1 / 360 + 6e-4, 12);
  });

  it('of gathering and scattering: once', () => {
    // 127/128 x 6.4 GB at 320 GB/s, and 100 exchanges of 7 stages.
    const gather = { kind: 'all-gather', bytes: 6.4e9, count: 100 } as const;
    expect(exchangeSeconds(gather, links(128), assumed)).toBeCloseTo(((127 / 128) * 6.4) / 320 + 7e-3, 12);
    expect(exchangeSeconds({ ...gather, kind: 'reduce-scatter' }, links(128), assumed)).toBe(
      exchangeSeconds(gather, links(128), assumed),
    );
  });

  it('of one device is none', () => {
    expect(exchangeSeconds({ kind: 'all-reduce', bytes: 1e9, count: 1 }, links(1), assumed)).toBe(0);
  });
});

describe('what exchanges make a step wait', () => {
  const reduced = { kind: 'reduce-scatter', bytes: 1, count: 10, seconds: 0.2 } as const;
  const gathered = { kind: 'all-gather', bytes: 1, count: 20, seconds: 0.4 } as const;

  it('is the last of each kind, where computing takes longer', () => {
    expect(exposedSeconds([reduced, gathered], { backward: 0.5, passes: 1 })).toBeCloseTo(0.02 + 0.02, 12);
  });

  it('is what computing has no time for', () => {
    expect(exposedSeconds([reduced], { backward: 0.05, passes: 1 })).toBeCloseTo(0.15, 12);
    // 0.2 of 0.5 s are beside the gradients' exchanges.
    expect(exposedSeconds([reduced, gathered], { backward: 0.3, passes: 0.5 })).toBeCloseTo(0.02 + 0.1, 12);
    expect(exposedSeconds([], { backward: 0, passes: 0 })).toBe(0);
  });
});
