import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './install-lock.js';

let path: string;
beforeEach(() => {
  path = join(temporaryFolder('lock'), 'folder', 'install.lock');
});
afterEach(() => rmSync(dirname(dirname(path)), { recursive: true }));

describe('the lock of an installation', () => {
  it('lets one at a time through, and is gone afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(path, work, { pollMs: 5 })));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
    expect(await withLock(path, async () => 'free again')).toBe('free again');
  });

  it('is taken over from a process that died', async () => {
    await withLock(path, async () => {});
    // No process has this number: it is beyond what any system gives out.
    writeFileSync(path, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    expect(await withLock(path, async () => 'mine')).toBe('mine');
  });

  it('is waited for while its holder lives', async () => {
    await withLock(path, async () => {});
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }));
    let waits = 0;
    const taken = withLock(path, async () => 'mine', { staleMs: 150, pollMs: 20, onWait: () => waits++ });
    expect(await taken).toBe('mine');
    expect(waits).toBeGreaterThan(2);
  });
});
