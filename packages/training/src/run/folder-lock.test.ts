import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, describe, expect, it } from 'vitest';
import { LOCK_NAME, lockFolder, requireUnlocked } from './folder-lock.js';
import { ownIdentity } from './process-identity.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A lock file as a process with this identity leaves it. */
function leave(folder: string, identity: object, beat = '000000000000'): string {
  const path = join(folder, LOCK_NAME);
  const holder = { ...ownIdentity(), token: 'theirs', purpose: 'a pretraining run', since: 'yesterday', ...identity };
  writeFileSync(path, `${JSON.stringify(holder)}\n${beat}\n`);
  return path;
}

const PURPOSE = 'an evaluation';

describe('lockFolder', () => {
  it('refuses a second one with who holds it, and is free again when released', async () => {
    const folder = temporaryFolder('lock');
    const lock = await lockFolder(folder, { purpose: 'a pretraining run' });
    const message = `in use by a pretraining run, process ${process.pid} on ${hostname()}, since `;
    await expect(lockFolder(folder, { purpose: PURPOSE })).rejects.toThrow(message);
    await expect(requireUnlocked(folder)).rejects.toThrow(message);
    lock.release();
    await requireUnlocked(folder);
    (await lockFolder(folder, { purpose: PURPOSE })).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of two that wait for it, one goes after the other', async () => {
    const folder = temporaryFolder('lock');
    const first = await lockFolder(folder, { purpose: PURPOSE });
    const said: string[] = [];
    const second = lockFolder(folder, { purpose: PURPOSE, whenHeld: 'wait', say: (line) => said.push(line) });
    setTimeout(() => first.release(), 300);
    (await second).release();
    expect(said).toEqual([expect.stringContaining('in use by an evaluation')]);
  });

  it.skipIf(process.platform === 'win32')('holds nobody up where its holder was killed', async () => {
    const folder = temporaryFolder('lock');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(child);
    const { space, host } = ownIdentity();
    leave(folder, { pid: child.pid, space, host, started: undefined });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const said: string[] = [];
    const begun = performance.now();
    const lock = await lockFolder(folder, { purpose: PURPOSE, say: (line) => said.push(line) });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(said).toEqual([expect.stringMatching(/was left locked by a pretraining run.*which is gone/)]);
    lock.release();
  });

  it.skipIf(process.platform === 'win32')('is not held by another process that was given the same number', async () => {
    const folder = temporaryFolder('lock');
    leave(folder, { started: 'at another time' });
    (await lockFolder(folder, { purpose: PURPOSE })).release();
  });

  it('is held by a process elsewhere whose sign of life changes', async () => {
    const folder = temporaryFolder('lock');
    const path = leave(folder, { space: 'another machine', host: 'elsewhere' });
    // Signs of life are compared with each other, never with a clock.
    utimesSync(path, new Date(0), new Date(0));
    setTimeout(() => leave(folder, { space: 'another machine', host: 'elsewhere' }, '000000000001'), 500);
    await expect(lockFolder(folder, { purpose: PURPOSE })).rejects.toThrow(/process \d+ on elsewhere/);
  });

  it.runIf(nightly)(
    'is taken over from a process elsewhere, and from half a file, after half a minute without a sign of life',
    async () => {
      const [elsewhere, half] = [temporaryFolder('lock'), temporaryFolder('lock')];
      leave(elsewhere, { space: 'another machine', host: 'elsewhere' });
      writeFileSync(join(half, LOCK_NAME), '{"pid": 1');
      const locks = await Promise.all([elsewhere, half].map((folder) => lockFolder(folder, { purpose: PURPOSE })));
      for (const lock of locks) lock.release();
      for (const folder of [elsewhere, half]) expect(existsSync(join(folder, LOCK_NAME))).toBe(false);
    },
    60_000,
  );

  it('shows its sign of life while the process computes', async () => {
    const folder = temporaryFolder('lock');
    const lock = await lockFolder(folder, { purpose: PURPOSE });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = readFileSync(join(folder, LOCK_NAME), 'utf8');
    for (const end = performance.now() + 6000; performance.now() < end; );
    expect(readFileSync(join(folder, LOCK_NAME), 'utf8')).not.toBe(before);
    lock.release();
  }, 20_000);

  it('is held by nobody below a file, where none can be', async () => {
    const file = join(temporaryFolder('lock'), 'file');
    writeFileSync(file, '');
    await expect(requireUnlocked(join(file, 'run'))).resolves.toBeUndefined();
    await expect(lockFolder(join(file, 'run'), { purpose: PURPOSE })).rejects.toThrow(/vjepa\.lock: cannot be written/);
  });

  it('names a folder that cannot be written to, and the remedy', async () => {
    const folder = join(temporaryFolder('lock'), 'none');
    await expect(lockFolder(folder, { purpose: PURPOSE, remedy: 'name another' })).rejects.toThrow(
      /none\/vjepa\.lock: cannot be written: nothing can be made in .*none \(ENOENT\); name another/,
    );
  });
});
