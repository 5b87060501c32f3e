import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { type MessagePort, workerData } from 'node:worker_threads';
import { HostsError, type HostsProblem } from './hosts-error.js';
import { type CoordinatorLink, connect } from './share/connect.js';
import { Coordinator, type HostInbox } from './share/coordinator.js';
import { type CoordinatorServer, serveCoordinator } from './share/coordinator-server.js';
import type { Message, ToCoordinator, ToHost } from './share/message.js';
import { watchKeeper } from './share/watch-keeper.js';
import type { ToMain, WorkerSettings } from './share/worker-settings.js';

// The main thread is blocked for many seconds while programs are compiled; this thread never is.

/** How long the last words may take. */
const LAST_WORDS_MS = 1000;
const ANNOUNCE_MS = 10_000;

const settings = workerData as WorkerSettings;
const {
  index,
  count,
  coordinator: address,
  version,
  token,
  patienceMs,
  keepaliveMs,
  graceMs,
  port,
  waitPort,
} = settings;
const answered = new Int32Array(settings.answered);
const join: Message<ToCoordinator> = {
  header: { type: 'join', index, count, version, token, machine: hostname(), pid: process.pid },
};

/** Requests that the main thread waits for. */
const waited = new Set<number>();
let waitedFailure = false;
let link: CoordinatorLink | undefined;
let server: CoordinatorServer | undefined;
let coordinatorLost = false;
let ended: HostsProblem | undefined;
let parting = false;
let closing = false;
let gaveUp: HostsError | undefined;
let missing: number[] | undefined;
let lastFailure = '';
let lastTimer: NodeJS.Timeout | undefined;
const startTime = Date.now();
const joining = new AbortController();
const announcing = setInterval(() => say(`${waitsFor()} (${waitedSeconds()} s${lastFailure})`), ANNOUNCE_MS);
const patience = setTimeout(giveUp, patienceMs);

watchKeeper();
port.on('message', (message: Message<ToCoordinator>) => request(message));
waitPort.on('message', (message: Message<ToCoordinator>) => requestNow(message));
void start();

async function start(): Promise<void> {
  try {
    link =
      index === 0
        ? await lead()
        : await connect({ address, join, keepaliveMs, receive, broke, failed, signal: joining.signal });
  } catch (error) {
    unjoin(error instanceof HostsError ? error : workerFailure(error));
  }
}

/** Host 0's way to the coordinator, which runs in this thread. */
async function lead(): Promise<CoordinatorLink> {
  const coordinator = new Coordinator({ count, version, token, address, announce: say });
  server = await serveCoordinator(coordinator, address, keepaliveMs);
  const inbox: HostInbox = coordinator.accept(
    { send: receive, flushed: () => Promise.resolve(), close() {} },
    '127.0.0.1',
  );
  inbox.receive(join);
  return { send: (message) => inbox.receive(message), close: () => Promise.resolve() };
}

function receive({ header, body }: Message<ToHost>): void {
  if (header.type === 'waiting') missing = header.missing;
  else if (header.type === 'closed') void close();
  else if (header.type === 'broken') end(header.problem);
  else if ((header.type === 'stored' || header.type === 'value') && waited.delete(header.id)) answer({ header, body });
  else {
    if (header.type === 'start') stopJoining();
    post({ header, body });
  }
}

function request({ header, body }: Message<ToCoordinator>): void {
  if (header.type === 'leave' || header.type === 'fail') {
    parting = true;
    clearTimeout(lastTimer);
    // There is nobody who would answer.
    if (link === undefined || coordinatorLost) return void close();
  }
  if (!coordinatorLost) link?.send({ header, body });
}

function requestNow(message: Message<ToCoordinator>): void {
  const { header } = message;
  if (header.type === 'fail') {
    waitedFailure = true;
    request(message);
  } else if (header.type === 'set' || header.type === 'get') {
    if (ended !== undefined) {
      answer({ header: { type: 'broken', problem: ended } });
      return;
    }
    waited.add(header.id);
    link?.send(message);
  }
}

function broke(reason: string): void {
  coordinatorLost = true;
  if (parting) {
    // Its last answer will not come.
    void close();
    return;
  }
  end({
    code: 'host-lost',
    subject: `host 0 (coordinator ${address})`,
    problem: `is lost: ${reason}`,
    remedy: 'look at its output for the cause, and start the run again',
    host: 0,
  });
}

/** The share has ended for all. */
function end(problem: HostsProblem): void {
  if (ended !== undefined) return;
  ended = problem;
  stopJoining();
  if (waited.size > 0) answer({ header: { type: 'broken', problem } });
  waited.clear();
  post({ header: { type: 'broken', problem } });
  lastTimer = setTimeout(() => {
    const { message } = new HostsError(problem);
    writeSync(2, `host ${index} has not ended within ${graceMs / 1000} s of this and is killed: ${message}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, graceMs);
}

function failed(reason: string): void {
  lastFailure = `; ${reason}`;
}

function giveUp(): void {
  const remedy =
    missing === undefined
      ? 'see whether host 0 runs, and whether its port can be reached'
      : 'see whether they were started, with the same count and coordinator';
  const error = new HostsError({
    code: 'unreachable',
    subject: `host ${index} of ${count}`,
    problem: `${waitsFor().replace(/^.*? waits/, 'waited')} for ${waitedSeconds()} s${lastFailure}`,
    remedy,
    host: missing?.[0] ?? 0,
  });
  stopJoining();
  gaveUp = error;
  parting = true;
  if (link === undefined) {
    unjoin(error);
    return;
  }
  // The others hear it first: the end of this process may be the coordinator's.
  link.send({ header: { type: 'fail', code: 'host-failed', message: error.problem ?? error.message } });
  setTimeout(close, LAST_WORDS_MS);
}

function unjoin(error: HostsError): void {
  stopJoining();
  ended ??= error.toProblem();
  post({ header: { type: 'unjoined', problem: error.toProblem() } });
}

function stopJoining(): void {
  clearInterval(announcing);
  clearTimeout(patience);
  joining.abort();
}

/** All is said; the main thread ends this one. */
async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  clearTimeout(lastTimer);
  stopJoining();
  const orderly = ended === undefined && !waitedFailure && gaveUp === undefined;
  if (waitedFailure) answer({ header: { type: 'closed' } });
  await link?.close();
  await server?.close(orderly);
  if (gaveUp === undefined) post({ header: { type: 'closed' } });
  else unjoin(gaveUp);
}

function waitsFor(): string {
  const who = missing === undefined ? 'host 0' : listOf(missing);
  return `host ${index} of ${count} waits for ${who} at ${address}`;
}

/** The first eight, and how many more. */
function listOf(hosts: readonly number[]): string {
  const rest = hosts.length - 8;
  const named = hosts.slice(0, 8).join(', ');
  return `${hosts.length === 1 ? 'host' : 'hosts'} ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function waitedSeconds(): number {
  return Math.round((Date.now() - startTime) / 1000);
}

function say(line: string): void {
  post({ header: { type: 'announce', line } });
}

function post(message: Message<ToMain>): void {
  send(port, message);
}

function answer(message: Message<ToMain>): void {
  send(waitPort, message);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

function send(to: MessagePort, { header, body }: Message<ToMain>): void {
  to.postMessage({ header, body });
}

function workerFailure(error: unknown): HostsError {
  const problem = `its worker thread failed: ${error instanceof Error ? error.message : String(error)}`;
  return new HostsError({ code: 'unreachable', subject: `host ${index}`, problem });
}
