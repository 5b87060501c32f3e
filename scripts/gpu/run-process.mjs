import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

/**
 * Runs a program and everything it starts, ended together once `limit` ms are over or `stopWhen` is fulfilled.
 *
 * @returns its exit code (a signal's name if it was ended by one), what it printed, and whether time ran out
 */
export async function runProcess(command, args, { env, limit, log, stopWhen }) {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended just now.
    }
  };
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      printed[name] += text;
      appendFileSync(log, text);
    });
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limit);
  const watch = stopWhen && setInterval(() => stopWhen() && kill(), 20);
  process.on('exit', kill);
  try {
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
    });
    return { code, ...printed, timedOut };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    process.off('exit', kill);
  }
}
