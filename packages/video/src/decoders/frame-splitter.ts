/** Cuts a byte stream into pictures, each of the length it is announced with; bytes may come before their announcement. */
export class FrameSplitter<Note> {
  /** Whole pictures so far. */
  count = 0;
  readonly #onFrame: (data: Uint8Array, position: number, note: Note) => void;
  readonly #announced: { bytes: number; note: Note }[] = [];
  #early: Uint8Array[] = [];
  #frame = new Uint8Array();
  #filled = 0;

  /** @param onFrame is given each picture with what was noted of it; the data is only valid during the call */
  constructor(onFrame: (data: Uint8Array, position: number, note: Note) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether the stream so far ends at the end of a picture. */
  get complete(): boolean {
    return this.#filled === 0 && this.#early.length === 0;
  }

  /** The next picture in the stream has so many bytes. */
  announce(bytes: number, note: Note): void {
    this.#announced.push({ bytes, note });
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.add(chunk);
  }

  add(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length; ) {
      const next = this.#announced[0];
      if (!next) {
        this.#early.push(chunk.slice(taken));
        return;
      }
      if (this.#frame.length !== next.bytes) this.#frame = new Uint8Array(next.bytes);
      const frame = this.#frame;
      const part = chunk.subarray(taken, taken + frame.length - this.#filled);
      frame.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled < frame.length) return;
      this.#filled = 0;
      this.#announced.shift();
      this.#onFrame(frame, this.count++, next.note);
    }
  }
}
