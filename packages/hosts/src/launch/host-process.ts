import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { programUrl } from '../program-url.js';
import type { HostStart } from './host-start.js';
import type { LaunchHost } from './launch-hosts.js';

/** How long a keeper may take to kill what it started. */
const KILL_MS = 5000;

/** A started host. */
export interface HostProcess {
  readonly index: number;
  /** Resolves to its exit code, 128 and the signal's number where one ended it. */
  readonly ended: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a host's keeper, here or through ssh, and the host by it. */
export function startHost({ index, name, isLocal }: LaunchHost, start: HostStart, ssh: string): HostProcess {
  const keeper = [process.execPath, fileURLToPath(programUrl('host-keeper'))];
  const command = isLocal ? keeper : [...ssh.trim().split(/\s+/), name, `exec ${keeper.map(quoted).join(' ')}`];
  const output = index === 0 ? 'inherit' : 'pipe';
  // A session of its own: what a terminal sends to all is passed on by launch alone.
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', output, output], detached: true });
  pass(child.stdout, process.stdout, index);
  pass(child.stderr, process.stderr, index);
  const { stdin } = child;
  // A keeper that has just ended does not listen.
  stdin?.on('error', () => {});
  stdin?.write(`${JSON.stringify(start)}\n`);
  const ended = new Promise<number>((resolve) => {
    child.on('error', ({ message }) => {
      process.stderr.write(`host ${index}: ${command[0]} cannot be started: ${message}\n`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
  return {
    index,
    ended,
    signal(signalName) {
      stdin?.write(`${signalName}\n`);
      if (signalName !== 'SIGKILL') return;
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
      void ended.then(() => clearTimeout(timer));
    },
  };
}

/** Passes on lines, with the host's name before each. */
function pass(from: Readable | null, to: NodeJS.WriteStream, index: number): void {
  if (from === null) return;
  createInterface({ input: from }).on('line', (line) => to.write(`[host ${index}] ${line}\n`));
}

/** For a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
