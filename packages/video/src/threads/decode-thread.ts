import { Worker } from 'node:worker_threads';
import { VideoError } from '../video-error.js';
import { workerOptions, workerUrl } from '../worker-url.js';
import type {
  ReplyMessage,
  ReplyTo,
  RequestMessage,
  StartedMessage,
  ThreadRequest,
  ThreadSettings,
} from './messages.js';

/** Time beyond a request's own limit after which the thread counts as hung: it is starting, or stuck in native code. */
const GRACE_MS = 5000;

interface Pending {
  id: number;
  path: string;
  resolve(reply: unknown): void;
  reject(error: VideoError): void;
  watchdog: NodeJS.Timeout;
}

/**
 * One worker thread that answers one request at a time. A thread that dies or overstays its time rejects its request
 * with a `VideoError` and is dead from then on: whoever owns it starts another.
 */
export class DecodeThread {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #nextId = 0;
  #dead = false;
  /** Settles once the thread has loaded its decoder, or is gone. */
  readonly #started: Promise<unknown>;
  /** Settles once the thread has answered its last request, wanted or not, or is gone. */
  #idle = Promise.resolve();
  #becomeIdle = () => {};

  constructor(settings: ThreadSettings, script: URL = workerUrl()) {
    this.#worker = new Worker(script, { ...workerOptions, workerData: settings, name: 'vjepa-video' });
    this.#worker.unref();
    this.#started = new Promise((resolve) => {
      this.#worker.once('message', resolve);
      this.#worker.once('exit', resolve);
    });
    this.#worker.once('exit', () => this.#becomeIdle());
    this.#worker.on('message', (message: ReplyMessage | StartedMessage) => {
      if (!('started' in message)) this.#receive(message);
    });
    this.#worker.on('error', (error) => this.#fail('crashed', `the decoding thread failed: ${error.message}`));
    this.#worker.on('exit', (code) => this.#fail('crashed', `the decoding thread ended with code ${code}`));
  }

  get dead(): boolean {
    return this.#dead;
  }

  get threadId(): number {
    return this.#worker.threadId;
  }

  /** @throws VideoError what the thread threw, or `timeout` / `crashed` */
  call<R extends ThreadRequest>(request: R, path: string): Promise<ReplyTo<R>> {
    if (this.#dead) return Promise.reject(new VideoError('crashed', path, 'the decoding thread is no longer running'));
    if (this.#pending) throw new Error('a decode thread takes one request at a time');
    this.#worker.ref();
    this.#idle = new Promise((resolve) => {
      this.#becomeIdle = resolve;
    });
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const watchdog = setTimeout(() => this.#expire(id, request.timeoutMs), request.timeoutMs + GRACE_MS);
      this.#pending = { id, path, resolve: resolve as (reply: unknown) => void, reject, watchdog };
      this.#worker.postMessage({ id, request } satisfies RequestMessage);
    });
  }

  /**
   * Stops the thread. Its request is rejected at once, but the thread is let finish it, and load its decoder: one that
   * is stopped inside a native library takes the process down. A thread that is stuck is waited for 5 s.
   */
  async terminate(): Promise<void> {
    this.#fail('closed', 'the decoding thread was stopped');
    this.#worker.ref();
    const patience = new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref());
    await Promise.race([Promise.all([this.#started, this.#idle]), patience]);
    await this.#worker.terminate();
  }

  /** A busy caller may see its timer before an answer that has long arrived: let waiting messages in first. */
  #expire(id: number, limitMs: number): void {
    setTimeout(() => {
      if (this.#pending?.id !== id) return;
      this.#fail('timeout', `no result within ${limitMs} ms; the decoding thread was stopped`);
      void this.#worker.terminate();
    }, 20);
  }

  #receive(message: ReplyMessage): void {
    this.#becomeIdle();
    const pending = this.#settle();
    if (!pending || pending.id !== message.id) return;
    if ('error' in message) pending.reject(VideoError.fromRecord(message.error));
    else pending.resolve(message.reply);
  }

  #fail(code: 'crashed' | 'timeout' | 'closed', reason: string): void {
    this.#dead = true;
    const pending = this.#settle();
    pending?.reject(new VideoError(code, pending.path, reason));
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) clearTimeout(pending.watchdog);
    // A thread that is being stopped keeps the process until it has ended: someone waits for that.
    if (!this.#dead) this.#worker.unref();
    return pending;
  }
}
