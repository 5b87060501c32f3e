import type { TransferListItem } from 'node:worker_threads';
import { VideoError } from '../video-error.js';
import { DecodeThread } from './decode-thread.js';
import type { ReplyTo, ThreadRequest, ThreadSettings } from './messages.js';

/** Unused threads of a pool are stopped after this long. */
const IDLE_MS = 10_000;

/**
 * Up to `size` decode threads, started when needed, stopped when idle, replaced when they die. Requests wait in order
 * for a free thread. An idle pool does not keep the process alive.
 */
export class ThreadPool {
  readonly #settings: () => Promise<ThreadSettings>;
  readonly #size: number;
  readonly #idle: DecodeThread[] = [];
  readonly #waiting: ((thread: DecodeThread | undefined) => void)[] = [];
  #running = 0;
  #closed = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(size: number, settings: () => Promise<ThreadSettings>) {
    this.#size = size;
    this.#settings = settings;
  }

  /** Sends a request to the next free thread. @throws VideoError */
  async call<R extends ThreadRequest>(
    request: R,
    path: string,
    transfer: TransferListItem[] = [],
  ): Promise<ReplyTo<R>> {
    const thread = await this.#acquire(path);
    try {
      return await thread.call(request, path, transfer);
    } finally {
      this.#release(thread);
    }
  }

  /** Stops every thread; requests under way or waiting are rejected with `closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#sweeper);
    for (const wake of this.#waiting.splice(0)) wake(undefined);
    await Promise.all(this.#idle.splice(0).map((thread) => thread.terminate()));
  }

  async #acquire(path: string): Promise<DecodeThread> {
    if (this.#closed) throw new VideoError('closed', path, 'the thread pool was closed');
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#running < this.#size) return this.#start();
    const thread = await new Promise<DecodeThread | undefined>((resolve) => this.#waiting.push(resolve));
    if (!thread) throw new VideoError('closed', path, 'the thread pool was closed');
    return thread.dead ? this.#replace() : thread;
  }

  async #start(): Promise<DecodeThread> {
    this.#running++;
    try {
      return new DecodeThread(await this.#settings());
    } catch (error) {
      this.#running--;
      throw error;
    }
  }

  #replace(): Promise<DecodeThread> {
    this.#running--;
    return this.#start();
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
    clearTimeout(this.#sweeper);
    this.#sweeper = setTimeout(() => this.#sweep(), IDLE_MS);
    this.#sweeper.unref();
  }

  #sweep(): void {
    for (const thread of this.#idle.splice(0)) {
      this.#running--;
      void thread.terminate();
    }
  }
}
