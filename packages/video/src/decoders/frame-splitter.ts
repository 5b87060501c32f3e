/** Cuts a byte stream into pictures of equal size. */
export class FrameSplitter {
  /** Whole pictures so far. */
  count = 0;
  readonly #frame: Uint8Array;
  readonly #onFrame: (data: Uint8Array, position: number) => void;
  #filled = 0;

  /** @param onFrame is given each picture; the data is only valid during the call */
  constructor(bytes: number, onFrame: (data: Uint8Array, position: number) => void) {
    this.#frame = new Uint8Array(bytes);
    this.#onFrame = onFrame;
  }

  /** Whether the stream so far ends at the end of a picture. */
  get complete(): boolean {
    return this.#filled === 0;
  }

  add(chunk: Uint8Array): void {
    const frame = this.#frame;
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + frame.length - this.#filled);
      frame.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled < frame.length) continue;
      this.#filled = 0;
      this.#onFrame(frame, this.count++);
    }
  }
}
