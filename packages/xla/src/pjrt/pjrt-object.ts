import { XlaError } from '../xla-error.js';
import { forgotten, Lifetime, type ObjectKind } from './lifetime.js';
import type { PjrtApi } from './pjrt-api.js';
import type { PjrtFunction } from './pjrt-functions.js';

/** What an object of PJRT's is made from. */
export interface PjrtObjectParts {
  api: PjrtApi;
  kind: ObjectKind;
  /** Of the object in the plug-in. */
  address: bigint;
  /** Destroys it, and takes it under the name of its first field. */
  destroy: PjrtFunction;
  field: string;
  /** Away from the event loop: for what takes long. */
  slow?: boolean | undefined;
  /** What it belongs to. */
  parent?: PjrtObject | undefined;
  /** Done when the plug-in has destroyed it. */
  then?: (() => void) | undefined;
}

/** Something that the plug-in made and that is ours to destroy. */
export abstract class PjrtObject {
  /** Of the plug-in it lives in. */
  protected readonly api: PjrtApi;
  readonly #address: bigint;
  readonly #lifetime: Lifetime;
  readonly #kind: ObjectKind;

  protected constructor({ api, kind, address, destroy, field, slow = false, parent, then }: PjrtObjectParts) {
    this.api = api;
    this.#kind = kind;
    this.#address = address;
    api.objects.made(kind);
    const destroyed = () => {
      api.objects.destroyed(kind);
      api.takeBack();
      then?.();
    };
    this.#lifetime = new Lifetime({
      parent: parent === undefined ? undefined : parent.#lifetime,
      destroy: slow
        ? async () => {
            await api.callAsync(destroy, { [field]: address }).finally(destroyed);
          }
        : () => {
            api.call(destroy, { [field]: address });
            destroyed();
          },
    });
    forgotten.register(this, this.#lifetime, this.#lifetime);
  }

  /** Whether it has been disposed of, or given up to an execution. */
  get isDisposed(): boolean {
    return !this.#lifetime.alive;
  }

  /**
   * Where it is in the plug-in.
   *
   * @throws XlaError `disposed`
   */
  protected get address(): bigint {
    if (!this.#lifetime.alive) throw new XlaError('disposed', `the ${WORDS[this.#kind]} has been disposed of`);
    return this.#address;
  }

  /**
   * Runs a call that works with it: an end that is wanted meanwhile waits for the call's.
   *
   * @throws XlaError `disposed`
   */
  protected async during<R>(call: (address: bigint) => Promise<R>): Promise<R> {
    const address = this.address;
    return this.#lifetime.during(() => call(address));
  }

  /**
   * Destroys it and all that belongs to it, as soon as no call is under way that works with them. May be called again.
   *
   * @returns resolves when it is gone
   */
  dispose(): Promise<void> {
    return this.#lifetime.end();
  }
}

const WORDS: Record<ObjectKind, string> = {
  client: 'client',
  topology: 'topology',
  executable: 'executable',
  loadedExecutable: 'executable',
  buffer: 'buffer',
  event: 'event',
};
