import { addressOf } from '@vjepa/native';
import { XlaError } from '../xla-error.js';
import type { PjrtApi } from './pjrt-api.js';
import { KEY_VALUE_GET, KEY_VALUE_PUT, KEY_VALUE_TRY_GET } from './pjrt-functions.js';

/**
 * Bytes under keys, the same for all processes that share a client. Each call blocks this thread, because whoever asks is
 * native code that waits; the `store` of @vjepa/hosts is one.
 */
export interface KeyValueStore {
  setNow(key: string, value: Uint8Array): void;
  /** Waits until the key is set. @throws Error where it is not within `timeoutMs` */
  getNow(key: string, timeoutMs: number): Uint8Array;
  /** What the key holds now. */
  tryGetNow(key: string): Uint8Array | undefined;
}

/** Codes of PJRT's errors. */
const NOT_FOUND = 5;
const UNAVAILABLE = 14;

/** How many clients each store has served: they use the same keys. */
const served = new WeakMap<KeyValueStore, number>();

/**
 * A store as a plug-in may call it, from threads of its own, while a client is made and as long as it lives: NCCL's keys are
 * exchanged when a program first runs. One call is answered at a time.
 */
export class KeyValueCallbacks {
  /** What a client is given. */
  readonly addresses: {
    readonly kv_get_callback: bigint;
    readonly kv_put_callback: bigint;
    readonly kv_try_get_callback: bigint;
  };
  readonly #api: PjrtApi;
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  readonly #deleter: bigint;
  /** Values that the plug-in has not copied yet, by their addresses. */
  readonly #given = new Map<bigint, Uint8Array>();

  /** Clients that share a store are made in the same order by all processes. */
  constructor(api: PjrtApi, store: KeyValueStore) {
    this.#api = api;
    this.#store = store;
    const before = served.get(store) ?? 0;
    served.set(store, before + 1);
    this.#prefix = `xla/${before}/`;
    this.addresses = {
      kv_get_callback: api.register((struct) => this.#get(struct)),
      kv_put_callback: api.register((struct) => this.#put(struct)),
      kv_try_get_callback: api.register((struct) => this.#tryGet(struct)),
    };
    this.#deleter = api.register((value) => {
      this.#given.delete(value);
      return null;
    });
  }

  /** Values that the plug-in was given and has not let go of. */
  get held(): number {
    return this.#given.size;
  }

  /** To be called when the plug-in will ask no more. */
  release(): void {
    for (const address of [...Object.values(this.addresses), this.#deleter]) this.#api.unregister(address);
  }

  #get(address: bigint): bigint | null {
    const struct = this.#api.structAt(KEY_VALUE_GET, address);
    return this.#answer(struct.get('callback_error'), () => {
      const key = this.#keyOf(struct.get('key'), struct.get('key_size'));
      const value = this.#store.getNow(key, struct.get('timeout_in_ms'));
      this.#api.structAt(KEY_VALUE_GET, address, this.#give(value));
    });
  }

  #tryGet(address: bigint): bigint | null {
    const struct = this.#api.structAt(KEY_VALUE_TRY_GET, address);
    return this.#answer(struct.get('callback_error'), () => {
      const key = this.#keyOf(struct.get('key'), struct.get('key_size'));
      const value = this.#store.tryGetNow(key);
      if (value === undefined) throw new XlaError('not-found', `key ${key} is not set`);
      this.#api.structAt(KEY_VALUE_TRY_GET, address, this.#give(value));
    });
  }

  #put(address: bigint): bigint | null {
    const struct = this.#api.structAt(KEY_VALUE_PUT, address);
    return this.#answer(struct.get('callback_error'), () => {
      const value = this.#api.bytes(struct.get('value'), struct.get('value_size'));
      this.#store.setNow(this.#keyOf(struct.get('key'), struct.get('key_size')), value);
    });
  }

  #keyOf(address: bigint, size: number): string {
    return this.#prefix + this.#api.text(address, size);
  }

  /** Memory of ours with a value, which stays until the plug-in calls the deleter. */
  #give(value: Uint8Array) {
    // Nothing has no address.
    const memory = new Uint8Array(Math.max(1, value.length));
    memory.set(value);
    const address = addressOf(memory);
    this.#given.set(address, memory);
    return { value: address, value_size: value.length, value_deleter_callback: this.#deleter };
  }

  /** Nothing may be thrown into the plug-in: what is wrong is its error. */
  #answer(maker: bigint, work: () => void): bigint | null {
    try {
      work();
      return null;
    } catch (error) {
      const code = error instanceof XlaError && error.code === 'not-found' ? NOT_FOUND : UNAVAILABLE;
      return this.#api.callbackError(maker, code, error instanceof Error ? error.message : String(error));
    }
  }
}
