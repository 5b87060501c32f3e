/** Shared memory blocks of one size, handed out again after release; blocks never released are left to the collector. */
export class BatchMemory {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #keep: number;
  /** Blocks made so far: stays small when batches are released. */
  allocated = 0;

  /** @param keep how many free blocks to hold on to */
  constructor(keep: number) {
    this.#keep = keep;
  }

  take(byteLength: number): SharedArrayBuffer {
    const index = this.#free.findIndex((block) => block.byteLength === byteLength);
    if (index >= 0) return this.#free.splice(index, 1)[0]!;
    this.allocated++;
    // Memory that could grow begins on a page of its own: TensorFlow uses batches where they lie if they are aligned to
    // 64 bytes. Other shared memory begins 16 bytes behind a page.
    return new SharedArrayBuffer(byteLength, { maxByteLength: byteLength });
  }

  give(block: SharedArrayBuffer): void {
    this.#free.push(block);
    if (this.#free.length > this.#keep) this.#free.shift();
  }
}
