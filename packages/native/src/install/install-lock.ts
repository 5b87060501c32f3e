import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';

export interface LockOptions {
  /** Called once per look while another process holds the lock. */
  onWait?: (() => void) | undefined;
  /** A holder that has not shown a sign of life for this long is gone. */
  staleMs?: number | undefined;
  pollMs?: number | undefined;
}

/**
 * Runs `work` while no other process runs work under the same lock file. A lock whose holder died is taken over.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWait = () => {}, staleMs = 60_000, pollMs = 500 }: LockOptions = {},
): Promise<T> {
  makeFolder(dirname(path));
  while (!(await tryLock(path))) {
    if (await isAbandoned(path, staleMs)) await breakLock(path);
    else {
      onWait();
      await sleep(pollMs);
    }
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), staleMs / 4);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string, staleMs: number): Promise<boolean> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > staleMs) return true;
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
    return host === hostname() && !isAlive(pid);
  } catch {
    // Just released, or just being written: look again.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Of several processes that find a lock abandoned, the rename lets one through. */
async function breakLock(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => {});
  await rm(aside, { force: true });
}
