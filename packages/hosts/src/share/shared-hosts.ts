import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { Hosts, HostsStore } from '../hosts.js';
import { HostsError } from '../hosts-error.js';
import { watchExit } from './exit-report.js';
import { type Message, MOST_BYTES, type ToCoordinator } from './message.js';
import type { ToMain } from './worker-settings.js';

/** How much longer than its own limit an answer that blocks is waited for. */
const GRACE_MS = 2000;
/** How long the last words of a process may take. */
const LAST_WORDS_MS = 1000;

interface SharedHostsParts {
  index: number;
  count: number;
  worker: Worker;
  port: MessagePort;
  waitPort: MessagePort;
  answered: SharedArrayBuffer;
  announce(line: string): void;
}

interface Pending {
  resolve(message: Message<ToMain>): void;
  reject(error: HostsError): void;
}

/** The main thread's side of a host: promises over the worker's messages. */
export class SharedHosts implements Hosts {
  readonly index: number;
  readonly count: number;
  addresses: readonly string[] = [];
  readonly joined: Promise<void>;
  readonly store: HostsStore;
  readonly #parts: SharedHostsParts;
  readonly #answered: Int32Array<SharedArrayBuffer>;
  #start: Pending | undefined;
  readonly #gathers: Pending[] = [];
  readonly #requests = new Map<number, Pending>();
  readonly #listeners: ((error: HostsError) => void)[] = [];
  #nextId = 0;
  #lost: HostsError | undefined;
  #leaving: Promise<void> | undefined;
  #closed: (() => void) | undefined;
  readonly #forgetExit: () => void;

  constructor(parts: SharedHostsParts) {
    this.#parts = parts;
    this.index = parts.index;
    this.count = parts.count;
    this.#answered = new Int32Array(parts.answered);
    this.joined = new Promise((resolve, reject) => {
      this.#start = { resolve: () => resolve(), reject };
    });
    this.store = {
      set: async (key, value) => void (await this.#request({ type: 'set', id: this.#nextId++, key }, value)),
      get: async (key, timeoutMs) =>
        found(key, timeoutMs, await this.#request({ type: 'get', id: this.#nextId++, key, timeoutMs })),
      setNow: (key, value) => void this.#requestNow({ type: 'set', id: this.#nextId++, key }, GRACE_MS, value),
      getNow: (key, timeoutMs) =>
        found(key, timeoutMs, this.#requestNow({ type: 'get', id: this.#nextId++, key, timeoutMs }, timeoutMs)),
      tryGetNow: (key) => bytesOf(this.#requestNow({ type: 'get', id: this.#nextId++, key, timeoutMs: 0 }, GRACE_MS)),
    };
    parts.port.on('message', (message: Message<ToMain>) => this.#receive(message));
    parts.worker.on('error', (error) => this.#end(workerFailure(this.index, error)));
    this.#forgetExit = watchExit((code, message) => this.#failNow(code, message));
  }

  async gather<T>(name: string, value: T): Promise<T[]> {
    const body = Buffer.from(JSON.stringify(value) ?? 'null');
    const { body: values } = await this.#pending({ type: 'gather', name }, body, (pending) =>
      this.#gathers.push(pending),
    );
    return JSON.parse(Buffer.from(values ?? []).toString()) as T[];
  }

  onLost(listener: (error: HostsError) => void): void {
    if (this.#lost === undefined) this.#listeners.push(listener);
    else listener(this.#lost);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#close({ type: 'leave' });
    return this.#leaving;
  }

  fail(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof HostsError && error.code === 'host-lost' ? 'host-lost' : 'host-failed';
    this.#leaving ??= this.#close({ type: 'fail', code, message });
    return this.#leaving;
  }

  #request(header: Extract<ToCoordinator, { id: number }>, body?: Uint8Array): Promise<Message<ToMain>> {
    return this.#pending(header, body, (pending) => this.#requests.set(header.id, pending));
  }

  /** Sends, and keeps the process alive until the answer. */
  #pending(header: ToCoordinator, body: Uint8Array | undefined, add: (pending: Pending) => void) {
    return new Promise<Message<ToMain>>((resolve, reject) => {
      this.#requireOpen(header, body);
      add({ resolve, reject });
      this.#post(this.#parts.port, header, body);
      this.#keepAlive();
    });
  }

  #requestNow(header: Extract<ToCoordinator, { id: number }>, timeoutMs: number, body?: Uint8Array): Message<ToMain> {
    this.#requireOpen(header, body);
    const { waitPort } = this.#parts;
    const until = Date.now() + timeoutMs + GRACE_MS;
    Atomics.store(this.#answered, 0, 0);
    this.#post(waitPort, header, body);
    for (;;) {
      const received = receiveMessageOnPort(waitPort)?.message as Message<ToMain> | undefined;
      if (received === undefined) {
        if (Atomics.wait(this.#answered, 0, 0, until - Date.now()) === 'timed-out') {
          return { header: { type: 'value', id: header.id, found: false } };
        }
        Atomics.store(this.#answered, 0, 0);
        continue;
      }
      if (received.header.type === 'broken') throw new HostsError(received.header.problem);
      // An answer that was given up earlier is not this one's.
      if ('id' in received.header && received.header.id === header.id) return received;
    }
  }

  #receive(message: Message<ToMain>): void {
    const { header } = message;
    if (header.type === 'start') {
      this.addresses = header.addresses;
      this.#start?.resolve(message);
      this.#start = undefined;
    } else if (header.type === 'announce') this.#parts.announce(header.line);
    else if (header.type === 'gathered') this.#gathers.shift()?.resolve(message);
    else if (header.type === 'stored' || header.type === 'value') {
      this.#requests.get(header.id)?.resolve(message);
      this.#requests.delete(header.id);
    } else if (header.type === 'broken' || header.type === 'unjoined') this.#end(new HostsError(header.problem));
    else if (header.type === 'closed') this.#closed?.();
    this.#keepAlive();
  }

  /** The share has ended otherwise than by `leave`. */
  #end(error: HostsError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    const starting = this.#start;
    this.#start = undefined;
    for (const pending of [...this.#gathers.splice(0), ...this.#requests.values()]) pending.reject(error);
    this.#requests.clear();
    if (starting !== undefined) void this.#finish().then(() => starting.reject(error));
    else if (this.#closed !== undefined) this.#closed();
    else for (const listener of this.#listeners.splice(0)) listener(error);
  }

  async #close(header: ToCoordinator): Promise<void> {
    const known = this.#lost;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    this.#post(this.#parts.port, header);
    this.#parts.port.ref();
    await closed;
    await this.#finish();
    if (header.type === 'leave' && known === undefined && this.#lost?.code === 'out-of-step') throw this.#lost;
  }

  async #finish(): Promise<void> {
    this.#forgetExit();
    const { worker, port, waitPort } = this.#parts;
    worker.ref();
    await worker.terminate();
    port.close();
    waitPort.close();
  }

  /** The last words of a process that ends without `leave`. */
  #failNow(code: 'host-failed' | 'host-lost', message: string): void {
    if (this.#lost !== undefined || this.#leaving !== undefined) return;
    Atomics.store(this.#answered, 0, 0);
    this.#post(this.#parts.waitPort, { type: 'fail', code, message });
    Atomics.wait(this.#answered, 0, 0, LAST_WORDS_MS);
  }

  #requireOpen(header: ToCoordinator, body: Uint8Array | undefined): void {
    if (this.#lost !== undefined) throw this.#lost;
    const subject =
      'key' in header ? `key "${header.key}"` : 'name' in header ? `gather "${header.name}"` : header.type;
    if (this.#leaving !== undefined) {
      throw new HostsError({ code: 'left', subject, problem: 'called after leave() or fail()', host: this.index });
    }
    if (body === undefined || body.length <= MOST_BYTES) return;
    const [expected, found] = [`at most ${MOST_BYTES} bytes`, `${body.length}`];
    throw new HostsError({ code: 'too-large', subject, expected, found, remedy: 'send it in parts' });
  }

  #post(port: MessagePort, header: ToCoordinator, body?: Uint8Array): void {
    // A copy: a view would carry its whole buffer along.
    port.postMessage({ header, body: body === undefined ? undefined : new Uint8Array(body) });
  }

  #keepAlive(): void {
    const waits = this.#start !== undefined || this.#gathers.length > 0 || this.#requests.size > 0;
    if (waits || this.#closed !== undefined) this.#parts.port.ref();
    else this.#parts.port.unref();
  }
}

function bytesOf({ header, body = new Uint8Array() }: Message<ToMain>): Uint8Array | undefined {
  return header.type === 'value' && header.found ? body : undefined;
}

function found(key: string, timeoutMs: number, message: Message<ToMain>): Uint8Array {
  const value = bytesOf(message);
  if (value !== undefined) return value;
  throw new HostsError({
    code: 'no-value',
    subject: `key "${key}"`,
    problem: `was not set within ${timeoutMs} ms`,
    remedy: 'see which host should have set it',
  });
}

function workerFailure(index: number, error: unknown): HostsError {
  const problem = `its worker thread failed: ${error instanceof Error ? error.message : String(error)}`;
  return new HostsError({ code: 'host-failed', subject: `host ${index}`, problem, host: index });
}
