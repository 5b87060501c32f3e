import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ownIdentity } from './process-identity.js';

const { platform } = process;
const asOn = (name: NodeJS.Platform) => Object.defineProperty(process, 'platform', { value: name });
afterEach(() => {
  asOn(platform);
  vi.unstubAllEnvs();
});

describe('when a process began', () => {
  const hasPs = spawnSync('ps', ['-o', 'lstart=', '-p', `${process.pid}`]).status === 0;
  it.runIf(hasPs)('is the same for every time zone and language on macOS, whose ps is asked', () => {
    asOn('darwin');
    const starts = ['UTC', 'Asia/Tokyo', 'America/New_York'].map((zone) => {
      vi.stubEnv('TZ', zone);
      return ownIdentity().started;
    });
    expect(starts[0]).toMatch(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/);
    expect(new Set(starts).size).toBe(1);
  });
});
