/** Enough for FFmpeg's explanation, bounded for files that complain about every block. */
const MAX_LINES = 400;

/** The first and the last lines of a log, half of the limit each. */
export class BoundedLog {
  readonly #head: string[] = [];
  readonly #tail: string[] = [];

  add(line: string): void {
    if (this.#head.length < MAX_LINES / 2) this.#head.push(line);
    else {
      this.#tail.push(line);
      if (this.#tail.length > MAX_LINES / 2) this.#tail.shift();
    }
  }

  lines(): string[] {
    return [...this.#head, ...this.#tail];
  }
}
