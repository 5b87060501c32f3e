import { VideoError } from '../video-error.js';
import { DecodeThread } from './decode-thread.js';
import type { ReplyTo, ThreadRequest, ThreadSettings } from './messages.js';

export interface ThreadPoolOptions {
  /** Unused threads are stopped after this long; default 10,000. */
  idleMs?: number | undefined;
  /** The threads' script, for tests. */
  script?: URL | undefined;
}

export interface CallOptions {
  /** Goes before every waiting request: work that others already wait for. */
  urgent?: boolean | undefined;
}

/**
 * Up to `size` decode threads, started when needed, stopped when idle, replaced when they die. Requests wait in order
 * for a free thread. An idle pool does not keep the process alive.
 */
export class ThreadPool {
  readonly #settings: () => Promise<ThreadSettings>;
  readonly #size: number;
  readonly #idleMs: number;
  readonly #script: URL | undefined;
  readonly #idle: DecodeThread[] = [];
  readonly #busy = new Set<DecodeThread>();
  readonly #waiting: ((thread: DecodeThread | undefined) => void)[] = [];
  #running = 0;
  #closed = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(size: number, settings: () => Promise<ThreadSettings>, options: ThreadPoolOptions = {}) {
    this.#size = size;
    this.#idleMs = options.idleMs ?? 10_000;
    this.#script = options.script;
    this.#settings = settings;
  }

  /** Sends a request to the next free thread. @throws VideoError */
  async call<R extends ThreadRequest>(request: R, path: string, options: CallOptions = {}): Promise<ReplyTo<R>> {
    const thread = await this.#acquire(path, options.urgent ?? false);
    this.#busy.add(thread);
    try {
      return await thread.call(request, path);
    } finally {
      this.#busy.delete(thread);
      this.#release(thread);
    }
  }

  /** Stops every thread; requests under way or waiting are rejected with `closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#sweeper);
    for (const wake of this.#waiting.splice(0)) wake(undefined);
    const threads = [...this.#idle.splice(0), ...this.#busy];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  async #acquire(path: string, urgent: boolean): Promise<DecodeThread> {
    if (this.#closed) throw new VideoError('closed', path, 'the thread pool was closed');
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.dead) return idle;
      this.#running--;
    }
    if (this.#running < this.#size) return this.#start();
    const thread = await new Promise<DecodeThread | undefined>((resolve) =>
      urgent ? this.#waiting.unshift(resolve) : this.#waiting.push(resolve),
    );
    if (thread && !thread.dead) return thread;
    if (thread) this.#running--;
    return this.#acquire(path, true);
  }

  async #start(): Promise<DecodeThread> {
    this.#running++;
    try {
      return new DecodeThread(await this.#settings(), this.#script);
    } catch (error) {
      this.#running--;
      // Whoever waits tries in turn, and learns of the same problem.
      this.#waiting.shift()?.(undefined);
      throw error;
    }
  }

  #release(thread: DecodeThread): void {
    const next = this.#waiting.shift();
    if (next) {
      next(thread);
      return;
    }
    if (thread.dead || this.#closed) {
      this.#running--;
      if (!thread.dead) void thread.terminate();
      return;
    }
    this.#idle.push(thread);
    if (!Number.isFinite(this.#idleMs)) return;
    clearTimeout(this.#sweeper);
    this.#sweeper = setTimeout(() => this.#sweep(), this.#idleMs);
    this.#sweeper.unref();
  }

  #sweep(): void {
    for (const thread of this.#idle.splice(0)) {
      this.#running--;
      void thread.terminate();
    }
  }
}
