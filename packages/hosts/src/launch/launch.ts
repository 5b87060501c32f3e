import { randomBytes, randomInt } from 'node:crypto';
import { HostsError } from '../hosts-error.js';
import { type AttemptEnd, attemptEnd, type HostEnd } from './attempt-end.js';
import { exportedVariables } from './exported-variables.js';
import { freePort } from './free-port.js';
import { type HostProcess, startHost } from './host-process.js';
import { coordinatorAddress, type LaunchHost, launchHosts } from './launch-hosts.js';
import { watchSignals } from './watch-signals.js';

/** How long hosts may take to end by themselves after one has died, after an error of one, and after SIGTERM. */
const [DEATH_MS, ERROR_MS, TERM_MS] = [20_000, 15_000, 10_000];
/** Between attempts, doubled from the first to the second while attempts are short. */
const [FIRST_PAUSE_MS, LAST_PAUSE_MS, SHORT_MS] = [1000, 30_000, 60_000];

/** What is to be started, where, and how often. */
export interface LaunchOptions {
  /** How many processes on this machine, or names of machines (`node1,node2`, or a list). */
  hosts: number | string | readonly string[];
  /** The program and its arguments, the same for all. */
  command: readonly string[];
  /** How often all are started again after one has died; 10 where it is left out. */
  restarts?: number | undefined;
  /** What runs a command on another machine, in words; `ssh -o BatchMode=yes` where it is left out. */
  ssh?: string | undefined;
  /** The coordinator's port; any that is free where it is left out. */
  port?: number | undefined;
  /**
   * How long the others may take to end when one has ended, in milliseconds, before they get SIGTERM; where it is left
   * out, 20 s when it died and 15 s when it had an error.
   */
  graceMs?: number | undefined;
  /** The command of a new start; with `--resume`, unless it is there, where this is left out. */
  again?: ((command: readonly string[]) => readonly string[]) | undefined;
  /** Hears of ends and new starts; stderr where it is left out. */
  announce?: ((line: string) => void) | undefined;
}

/**
 * Starts the same command as every host of a run, in this working folder on each machine, and again, with `--resume`,
 * when a host has died. An error of a host's own ends all. SIGINT, SIGTERM and SIGHUP are passed on once; a second
 * kills.
 *
 * @returns the exit code: 0, or that of the host that ended it
 * @throws HostsError `settings`
 */
export async function launch(options: LaunchOptions): Promise<number> {
  const { restarts = 10, command, again = withResume } = options;
  const { announce = (line) => process.stderr.write(`${line}\n`) } = options;
  const hosts = launchHosts(options.hosts);
  requireWhole('restarts', restarts, 0, Number.MAX_SAFE_INTEGER);
  if (options.port !== undefined) requireWhole('port', options.port, 1, 65535);
  if (command.length === 0) {
    throw new HostsError({ code: 'settings', subject: 'command', problem: 'is empty', remedy: 'say what to start' });
  }
  const signals = watchSignals();
  try {
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 0; ; attempt++) {
      const startTime = Date.now();
      const end = await runAttempt(
        attempt === 0 ? command : again(command),
        hosts,
        attempt,
        options,
        signals,
        announce,
      );
      if (!end.again || signals.stopped || attempt >= restarts)
        return conclude(end, restarts, signals.stopped, announce);
      if (Date.now() - startTime > SHORT_MS) pauseMs = FIRST_PAUSE_MS;
      announce(`launch: ${end.cause}; all start again (${attempt + 1} of ${restarts})`);
      await signals.pause(pauseMs);
      if (signals.stopped) return end.code;
      pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS);
    }
  } finally {
    signals.release();
  }
}

function withResume(command: readonly string[]): readonly string[] {
  return command.includes('--resume') ? command : [...command, '--resume'];
}

function conclude(
  { code, again, cause }: AttemptEnd,
  restarts: number,
  stopped: boolean,
  announce: (line: string) => void,
) {
  if (cause !== undefined && !stopped) announce(`launch: ${cause}${again ? `, after ${restarts} new starts` : ''}`);
  return code;
}

/** Starts all once, and waits for all. */
async function runAttempt(
  command: readonly string[],
  hosts: readonly LaunchHost[],
  attempt: number,
  { ssh = 'ssh -o BatchMode=yes', port, graceMs }: LaunchOptions,
  signals: ReturnType<typeof watchSignals>,
  announce: (line: string) => void,
): Promise<AttemptEnd> {
  // Host 0 elsewhere has a port that is free with good odds.
  const chosen = port ?? (hosts[0]?.isLocal ? await freePort() : randomInt(20_000, 30_000));
  const shared = {
    VJEPA_HOST_COUNT: String(hosts.length),
    VJEPA_COORDINATOR: `${coordinatorAddress(hosts)}:${chosen}`,
    VJEPA_HOSTS_TOKEN: randomBytes(16).toString('hex'),
    VJEPA_RESTARTS: String(attempt),
  };
  const processes = hosts.map((host) => {
    const own = {
      VJEPA_HOST_INDEX: String(host.index),
      VJEPA_LOCAL_INDEX: String(host.localIndex),
      VJEPA_LOCAL_COUNT: String(host.localCount),
    };
    const env = { ...(host.isLocal ? {} : exportedVariables(process.env)), ...shared, ...own };
    return startHost(host, { command, folder: process.cwd(), env }, ssh);
  });
  signals.pass((signal) => {
    for (const each of processes) each.signal(signal);
  });
  const ends: HostEnd[] = [];
  let timers: NodeJS.Timeout[] = [];
  await Promise.all(
    processes.map(async ({ index, ended }) => {
      ends.push({ index, code: await ended });
      const { again, cause } = attemptEnd(ends);
      if (cause === undefined || timers.length > 0) return;
      timers = endTimers(processes, ends, graceMs ?? (again ? DEATH_MS : ERROR_MS), announce);
    }),
  );
  for (const timer of timers) clearTimeout(timer);
  return attemptEnd(ends);
}

/** Ends those that do not end by themselves. */
function endTimers(
  processes: readonly HostProcess[],
  ends: readonly HostEnd[],
  graceMs: number,
  announce: (line: string) => void,
) {
  const signalRest = (signal: NodeJS.Signals) => {
    const rest = processes.filter(({ index }) => !ends.some((end) => end.index === index));
    for (const each of rest) each.signal(signal);
    if (rest.length > 0) announce(`launch: ${signal} to ${rest.map(({ index }) => `host ${index}`).join(', ')}`);
  };
  return [setTimeout(() => signalRest('SIGTERM'), graceMs), setTimeout(() => signalRest('SIGKILL'), graceMs + TERM_MS)];
}

function requireWhole(subject: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const expected = most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `${least} to ${most}`;
  throw new HostsError({ code: 'settings', subject, expected, found: String(value) });
}
