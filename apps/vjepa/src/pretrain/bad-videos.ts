import type { ClipFailure } from '@vjepa/video';

/** Draws below which a share says little: a few unlucky ones at the start do not stop a run. */
const leastDraws = 100;

/** Counts, over a whole run, the draws whose video could not be used and was replaced. */
export class BadVideos {
  /** Samples drawn since the run began, and how many of these were replaced. */
  draws: number;
  replaced: number;
  readonly #share: number;
  #last: ClipFailure | undefined;

  /**
   * @param share the part of all draws that may be bad, 0..1
   * @param before what an interrupted run had counted
   */
  constructor(share: number, before: { draws?: unknown; replaced?: unknown } = {}) {
    this.#share = share;
    this.draws = Number(before.draws ?? 0);
    this.replaced = Number(before.replaced ?? 0);
  }

  /** Takes note of one batch. */
  add(draws: number, failures: readonly ClipFailure[]): void {
    this.draws += draws;
    this.replaced += failures.length;
    this.#last = failures.at(-1) ?? this.#last;
  }

  /** What is wrong, when more draws were bad than the share allows. */
  excess(): string | undefined {
    if (this.replaced <= this.#share * Math.max(this.draws, leastDraws)) return undefined;
    return (
      `${this.replaced} of the ${this.draws} videos drawn so far could not be used, more than data.bad_video_share ` +
      `(${this.#share}) allows; the last: ${this.#last?.reason}. Mend or remove bad videos, or raise the share, ` +
      'for example --set data.bad_video_share=0.1'
    );
  }
}
