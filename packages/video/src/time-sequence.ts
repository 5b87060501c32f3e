/**
 * Checks whether the times of the pictures that come out of a decoder are those of a stream's index, in their order; some
 * may be left out. As long as they are, a time tells a picture, and one that is missing was lost. Where they are not
 * (streams whose containers and codecs disagree), pictures can only be counted.
 */
export class TimeSequence {
  readonly #times: ReadonlySet<number>;
  #last = Number.NEGATIVE_INFINITY;
  #holds = true;

  constructor(times: Float64Array) {
    this.#times = new Set(times);
  }

  get holds(): boolean {
    return this.#holds;
  }

  /** Takes the next picture's time; undefined: it has none. */
  continuesWith(time: number | undefined): boolean {
    this.#holds &&= time !== undefined && time > this.#last && this.#times.has(time);
    if (time !== undefined) this.#last = time;
    return this.#holds;
  }
}
