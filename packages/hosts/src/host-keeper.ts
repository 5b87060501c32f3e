import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { HostStart } from './launch/host-start.js';

// Started by `launch` for each host, over ssh where that is another machine. The first line of stdin is what to start,
// as JSON: neither a shell nor the list of processes sees it. Later lines are signals to pass on. The end of stdin is
// the end of launch, however it came about, and then the host ends too.

/** How long a host may save what it has when launch is gone. */
const ORPHAN_MS = 15_000;

let child: ChildProcess | undefined;

// What a terminal sends to all is launch's to pass on, once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (child === undefined) start(JSON.parse(line) as HostStart);
  else if (line === 'SIGKILL') killAll();
  else child.kill(line as NodeJS.Signals);
});
lines.on('close', () => {
  if (child === undefined) process.exit(1);
  child.kill('SIGTERM');
  setTimeout(killAll, ORPHAN_MS);
});

function start({ command, folder, env }: HostStart): void {
  const [program = '', ...args] = command;
  child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env, VJEPA_KEEPER_PID: String(process.pid) },
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own, so that what it starts ends with it.
    detached: true,
  });
  child.on('error', ({ message }) => {
    process.stderr.write(`${program} in ${folder} cannot be started: ${message}\n`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => {
    killAll();
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

function killAll(): void {
  try {
    // The group, which outlives its first process.
    if (child?.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
