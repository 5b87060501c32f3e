import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { WorkClock } from './work-clock.js';

describe('WorkClock', () => {
  it('goes on from what earlier sessions took', () => {
    const path = join(temporaryFolder('clock'), 'time.json');
    writeFileSync(path, JSON.stringify({ minutes: 10, others: 0 }));
    const clock = new WorkClock(path);
    expect(clock.minutes()).toBeGreaterThan(10);
    expect(clock.minutes()).toBeLessThan(10.1);
    clock.save();
    expect(new WorkClock(path).minutes()).toBeGreaterThan(10);
  });

  it('tells the share of all cores that others took', () => {
    const path = join(temporaryFolder('clock'), 'time.json');
    writeFileSync(path, JSON.stringify({ minutes: 1000, others: 250 * cpus().length }));
    expect(new WorkClock(path).othersShare()).toBeCloseTo(0.25, 2);
  });
});
