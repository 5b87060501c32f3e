/** The kinds of objects that PJRT makes for us and that are ours to destroy. */
export type ObjectKind = 'client' | 'topology' | 'executable' | 'loadedExecutable' | 'buffer' | 'event';

/** How many objects of each kind are alive. */
export type LiveObjects = Readonly<Record<ObjectKind, number>>;

/** Counts what a plug-in has made and not yet destroyed. */
export class ObjectCounts {
  readonly #counts: Record<ObjectKind, number> = {
    client: 0,
    topology: 0,
    executable: 0,
    loadedExecutable: 0,
    buffer: 0,
    event: 0,
  };

  made(kind: ObjectKind): void {
    this.#counts[kind]++;
  }

  destroyed(kind: ObjectKind): void {
    this.#counts[kind]--;
  }

  get live(): LiveObjects {
    return { ...this.#counts };
  }
}

/** How an object is to be destroyed, and what it belongs to. */
export interface LifetimeOptions {
  destroy: () => void | Promise<void>;
  /** What must not be destroyed before it: a buffer's client. Its end is the object's end too. */
  parent?: Lifetime | undefined;
}

/**
 * When an object of PJRT's may be destroyed: once somebody wants its end, no call that works with it is under way, and
 * whatever belongs to it is gone. It knows nothing of the JavaScript object that stands for it, so that one that is
 * forgotten can be collected, and its end follows.
 */
export class Lifetime {
  readonly #destroy: () => void | Promise<void>;
  readonly #parent: Lifetime | undefined;
  readonly #children = new Set<Lifetime>();
  #users = 0;
  #state: 'alive' | 'ending' | 'gone' = 'alive';
  #resolveEnded!: () => void;
  readonly #ended = new Promise<void>((resolve) => {
    this.#resolveEnded = resolve;
  });

  constructor({ destroy, parent }: LifetimeOptions) {
    this.#destroy = destroy;
    this.#parent = parent;
    if (parent === undefined) return;
    parent.#children.add(this);
    // What a call makes while its client ends goes with it, once whoever makes it has done.
    if (!parent.alive) queueMicrotask(() => void this.end());
  }

  /** Whether nobody has wanted its end yet. */
  get alive(): boolean {
    return this.#state === 'alive';
  }

  /** Runs a call that works with the object, which stays until the call is done. */
  async during<R>(call: () => Promise<R>): Promise<R> {
    this.#users++;
    try {
      return await call();
    } finally {
      this.#users--;
      this.#endIfIdle();
    }
  }

  /**
   * Wants its end, and that of all that belongs to it. May be called again.
   *
   * @returns resolves when it has been destroyed
   */
  end(): Promise<void> {
    if (this.#state === 'alive') {
      this.#state = 'ending';
      for (const child of [...this.#children]) void child.end();
      this.#endIfIdle();
    }
    return this.#ended;
  }

  #endIfIdle(): void {
    if (this.#state !== 'ending' || this.#users > 0 || this.#children.size > 0) return;
    this.#state = 'gone';
    const done = this.#destroy();
    if (done === undefined) this.#gone();
    else void done.finally(() => this.#gone());
  }

  #gone(): void {
    this.#resolveEnded();
    forgotten.unregister(this);
    if (this.#parent === undefined) return;
    this.#parent.#children.delete(this);
    this.#parent.#endIfIdle();
  }
}

/** The net under forgotten objects: what is collected without having been disposed of ends as well. */
export const forgotten = new FinalizationRegistry<Lifetime>((lifetime) => void lifetime.end());
