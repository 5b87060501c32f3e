import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from every other one, also from those that bear its number before or after it. */
export interface ProcessIdentity {
  pid: number;
  host: string;
  /** Where process numbers mean the same: this start of this machine, and on Linux the container. */
  space: string;
  /** When the process began, in the system's own words; undefined where that cannot be told. */
  started: string | undefined;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), space: processSpace(), started: processStart(process.pid) ?? undefined };
}

/** Whether a process still runs; undefined where that cannot be told from here. */
export function stillRuns({ pid, space, started }: ProcessIdentity): boolean | undefined {
  if (space !== processSpace()) return undefined;
  const now = processStart(pid);
  if (now === null) return false;
  if (now === undefined || started === undefined) return undefined;
  return now === started;
}

function processSpace(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** When a process began; null: there is none; undefined: not to be told. */
function processStart(pid: number): string | null | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    if (process.platform === 'linux') return startFromProc(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (process.platform === 'darwin') {
      // As text, which must not depend on the time zone or the language of who asks.
      const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
      return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { env, encoding: 'utf8' }).trim();
    }
  } catch {
    // Hidden from this user, or just gone: whoever asks looks for signs of life.
  }
  return undefined;
}

/** Field 22 of /proc/PID/stat, ticks since the machine started; null for a process that has ended and was not waited for. */
function startFromProc(stat: string): string | null {
  // The second field is the program's name in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19]!;
}
