import type { StagedInputs } from '@vjepa/engine';

/** What one call may take. */
export class Staged<T> implements StagedInputs {
  #content: T | undefined;
  readonly #discarded: (content: T) => void;

  constructor(content: T, discarded: (content: T) => void) {
    this.#content = content;
    this.#discarded = discarded;
  }

  /** @throws if a call has had it, or it was discarded */
  take(): T {
    const content = this.#content;
    if (content === undefined) throw new Error('these staged inputs were used before: a call takes them away');
    this.#content = undefined;
    return content;
  }

  discard(): void {
    const content = this.#content;
    this.#content = undefined;
    if (content !== undefined) this.#discarded(content);
  }
}
