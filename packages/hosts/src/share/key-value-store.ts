/** Bytes under keys, which can be waited for. */
export class KeyValueStore {
  readonly #values = new Map<string, Uint8Array>();
  readonly #waiting = new Map<string, Set<(value: Uint8Array) => void>>();

  set(key: string, value: Uint8Array): void {
    this.#values.set(key, value);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const resolve of waiting ?? []) resolve(value);
  }

  /** Calls back at once where the value is there, else when it is set, or with undefined after `timeoutMs`. */
  get(key: string, timeoutMs: number, answer: (value: Uint8Array | undefined) => void): void {
    const value = this.#values.get(key);
    if (value !== undefined || timeoutMs <= 0) {
      answer(value);
      return;
    }
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    const timer = setTimeout(() => {
      waiting.delete(resolve);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
      answer(undefined);
    }, timeoutMs);
    const resolve = (value: Uint8Array) => {
      clearTimeout(timer);
      answer(value);
    };
    waiting.add(resolve);
  }
}
