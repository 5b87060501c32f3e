import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { keptTime } from './kept-time.js';

describe('keptTime', () => {
  it('adds sessions up, without the time between them', async () => {
    const path = join(temporaryFolder('kept-time'), 'time.json');
    const first = keptTime(path);
    await wait(60);
    first.save();
    const saved = first.seconds();
    expect(saved).toBeGreaterThanOrEqual(0.05);
    await wait(200);
    const second = keptTime(path).seconds();
    expect(second).toBeGreaterThanOrEqual(0.05);
    expect(second).toBeLessThan(first.seconds() - 0.1);
  });

  it('is that of this session where there was none', () => {
    expect(keptTime(join(temporaryFolder('kept-time'), 'time.json')).seconds()).toBeLessThan(5);
  });
});
