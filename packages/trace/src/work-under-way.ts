/** Work that needs something which is taken away at the end, and stays until the work is done. */
export class WorkUnderWay {
  readonly #promises = new Set<Promise<unknown>>();
  #ended = false;

  /** @throws what `refusal` gives, where the end was asked for */
  async do<T>(work: () => Promise<T>, refusal: () => Error): Promise<T> {
    if (this.#ended) throw refusal();
    const promise = work();
    this.#promises.add(promise);
    try {
      return await promise;
    } finally {
      this.#promises.delete(promise);
    }
  }

  /** Takes away what work needed, once none is under way; a second time nothing. */
  end(takeAway: () => Promise<unknown>): void {
    if (this.#ended) return;
    this.#ended = true;
    void Promise.allSettled(this.#promises).then(takeAway);
  }
}
