import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { InputError } from '../input-error.js';
import type { Sentence } from '../sentence.js';
import { OTHER_PLACE, whyNotWritten } from './make-folder.js';
import { ownIdentity, type ProcessIdentity, stillRuns } from './process-identity.js';

/** The sole right to write into a folder: `using lock = await lockFolder(…)` gives it back where the block ends. */
export interface FolderLock extends Disposable {
  /** Gives it back. Done by itself when the process ends. */
  release(): void;
}

/** What a folder is locked for, and who is told of waiting. */
export interface FolderLockOptions {
  /** What is done in the folder, for whoever comes second: `a pretraining run`. */
  purpose: string;
  /** Default: refuse. */
  whenHeld?: 'refuse' | 'wait' | undefined;
  /** Told when this waits, or takes over what a process left that is gone. */
  say?: ((line: string) => void) | undefined;
  /** The remedy where the folder cannot be written to. */
  remedy?: string | Sentence | undefined;
}

/** The file in the folder that is the lock. */
export const LOCK_NAME = 'vjepa.lock';

interface Holder extends ProcessIdentity {
  token: string;
  purpose: string;
  since: string;
}

/** A holder on another machine is gone when its sign of life has not changed for so long. */
const PATIENCE_MS = 30_000;
const BEAT_MS = 5_000;

/**
 * Locks a folder for this process. A holder that was killed leaves its file behind, which holds nobody up: on the same
 * machine the process is looked up, by its number and its start, and found gone at once, also after a restart of the
 * machine or when its number was given to another; from another machine or container that shares the folder, the file
 * is watched for half a minute for the holder's sign of life. No clocks are compared.
 *
 * @throws InputError naming the holder where there is one that lives, and where the folder cannot be written to
 */
export async function lockFolder(folder: string, options: FolderLockOptions): Promise<FolderLock> {
  const { purpose, whenHeld = 'refuse', say = () => {} } = options;
  const path = join(folder, LOCK_NAME);
  const own: Holder = { ...ownIdentity(), token: randomUUID(), purpose, since: new Date().toISOString() };
  for (let waiting = false; ; ) {
    if (create(path, own, options.remedy)) return held(path, own);
    const found = readLock(path);
    if (found === undefined) continue;
    if (!(await lives(path, found, say))) {
      if (removeLeft(path, found))
        say(`${folder}: was left locked by ${describe(found.holder)}, which is gone; going on`);
      continue;
    }
    if (whenHeld === 'refuse') throw inUse(folder, found.holder);
    if (!waiting) say(`${folder}: in use by ${describe(found.holder)}; waiting until it is done`);
    waiting = true;
    await sleep(1000);
  }
}

/**
 * Refuses a folder that someone works in, without locking it.
 *
 * @throws InputError naming the holder
 */
export async function requireUnlocked(folder: string, say?: (line: string) => void): Promise<void> {
  const path = join(folder, LOCK_NAME);
  const found = readLock(path);
  if (found !== undefined && (await lives(path, found, say ?? (() => {})))) throw inUse(folder, found.holder);
}

function inUse(folder: string, holder: Holder | undefined): InputError {
  return new InputError({
    subject: folder,
    problem: `in use by ${describe(holder)}`,
    remedy: 'wait until it is done, stop it, or choose another folder',
    code: 'folder-in-use',
  });
}

function describe(holder: Holder | undefined): string {
  if (holder === undefined) return 'another process';
  const { purpose, pid, host, since } = holder;
  return `${purpose}, process ${pid} on ${host}, since ${since}`;
}

interface FoundLock {
  text: string;
  /** undefined: the file is not whole. */
  holder: Holder | undefined;
}

function readLock(path: string): FoundLock | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Also below a file there is none; whoever makes the folder says what is in the way.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    return { text, holder: JSON.parse(text.split('\n')[0]!) as Holder };
  } catch {
    return { text, holder: undefined };
  }
}

async function lives(path: string, { holder, text }: FoundLock, say: (line: string) => void): Promise<boolean> {
  const known = holder && stillRuns(holder);
  if (known !== undefined) return known;
  say(`${path}: left or held by ${describe(holder)}; looking for a sign of life, ${PATIENCE_MS / 1000} s at most`);
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(250)) {
    const now = readLock(path);
    if (now === undefined) return false;
    if (now.text !== text) return true;
  }
  return false;
}

/** @returns whether the file is now this process's; false: it was there */
function create(path: string, own: Holder, remedy: string | Sentence = OTHER_PLACE): boolean {
  try {
    const file = openSync(path, 'wx');
    try {
      writeSync(file, `${JSON.stringify(own)}\n${beat(0)}\n`);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const problem = `cannot be written: ${whyNotWritten(error, dirname(path))}`;
    throw new InputError({ subject: path, problem, remedy, cause: error });
  }
  return readLock(path)?.holder?.token === own.token;
}

/**
 * Removes the file of a holder that is gone. It is first moved aside and looked at, because another process may have
 * done the same meanwhile and hold the lock now, which then gets its file back.
 */
function removeLeft(path: string, found: FoundLock): boolean {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // another process was quicker
    const why = whyNotWritten(error, dirname(path));
    throw new InputError({
      subject: path,
      problem: `was left by ${describe(found.holder)}, which is gone, and cannot be removed: ${why}`,
      remedy: 'see to that',
      cause: error,
    });
  }
  const moved = readLock(aside);
  const same = moved?.holder === undefined ? moved?.text === found.text : moved.holder.token === found.holder?.token;
  if (!same) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process holds the lock by now.
    }
  }
  rmSync(aside, { force: true });
  return same;
}

/** Always as long, so that one write replaces it. */
function beat(n: number): string {
  return String(n).padStart(12, '0');
}

/** In a thread of its own, because a training step may keep the main one busy for minutes. */
const HEART = `
const { openSync, writeSync } = require('node:fs');
const { workerData: { path, at, everyMs } } = require('node:worker_threads');
const file = openSync(path, 'r+');
let n = 0;
setInterval(() => {
  try {
    writeSync(file, String(++n).padStart(12, '0'), at);
  } catch {}
}, everyMs);
`;

function held(path: string, own: Holder): FolderLock {
  const at = Buffer.byteLength(`${JSON.stringify(own)}\n`);
  const worker = new Worker(HEART, { eval: true, workerData: { path, at, everyMs: BEAT_MS } });
  worker.unref();
  // A file system that goes away must not end the run through its lock.
  worker.on('error', () => {});
  const release = () => {
    process.off('exit', release);
    void worker.terminate();
    try {
      if (readLock(path)?.holder?.token === own.token) rmSync(path, { force: true });
    } catch {
      // Whoever comes next finds that this process is gone.
    }
  };
  process.on('exit', release);
  return { release, [Symbol.dispose]: release };
}
