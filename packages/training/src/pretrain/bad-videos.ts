import type { ClipFailure } from '@vjepa/video';
import { RESUME } from '../run/run-options.js';
import { option, Sentence, sentence } from '../sentence.js';

/** Draws below which a share says little: a few unlucky ones at the start do not stop a run. */
const LEAST_DRAWS = 100;
const SHARE = option('limits.badVideos');

/**
 * Counts the draws whose video could not be used and was replaced: over a whole run those that are the video's own
 * fault, in this session alone those that pass. An outage is no reason to refuse a run when it is over, and neither are
 * videos that are left out because they are short.
 */
export class BadVideos {
  /** Samples drawn since the run began, and how many of these were replaced. */
  draws: number;
  replaced: number;
  /** Those of the replaced that are the video's own fault. */
  bad: number;
  readonly #share: number;
  #session = { draws: 0, passing: 0 };
  #last: { own?: ClipFailure | undefined; passing?: ClipFailure | undefined } = {};

  /**
   * @param share the part of all draws that may be bad, 0..1
   * @param before what an interrupted run had counted
   */
  constructor(share: number, before: { draws?: unknown; replaced?: unknown; bad?: unknown } = {}) {
    this.#share = share;
    this.draws = Number(before.draws ?? 0);
    this.replaced = Number(before.replaced ?? 0);
    this.bad = Number(before.bad ?? this.replaced);
  }

  /** Takes note of one batch. */
  add(draws: number, failures: readonly ClipFailure[]): void {
    const passing = failures.filter((failure) => failure.passing);
    const own = failures.filter((failure) => !failure.passing && failure.code !== 'too-short');
    this.draws += draws;
    this.replaced += countDraws(failures);
    this.bad += countDraws(own);
    this.#session.draws += draws;
    this.#session.passing += countDraws(passing);
    this.#last = { own: own.at(-1) ?? this.#last.own, passing: passing.at(-1) ?? this.#last.passing };
  }

  /** What is wrong, when more draws were replaced than the share allows. */
  excess(): Sentence | undefined {
    const { draws, passing } = this.#session;
    if (passing > this.#share * Math.max(draws, LEAST_DRAWS)) {
      const count = `${passing} of the ${draws} videos drawn since this session began`;
      const last = this.#last.passing?.reason;
      return Sentence.of([
        sentence`${count} could not be reached, or not in time: more than ${SHARE} (${this.#share}) allows; `,
        sentence`the last: ${last}. See to the server, the network or the disk (or ${option('clips.timeLimitMs')}), `,
        sentence`then go on with ${RESUME}`,
      ]);
    }
    if (this.bad <= this.#share * Math.max(this.draws, LEAST_DRAWS)) return undefined;
    const count = `${this.bad} of the ${this.draws} videos drawn so far`;
    return Sentence.of([
      sentence`${count} could not be used, more than ${SHARE} (${this.#share}) allows; `,
      sentence`the last: ${this.#last.own?.reason}. Mend or remove bad videos, or raise the share, `,
      sentence`for example ${option('limits.badVideos: 0.1')}`,
    ]);
  }
}

/** A draw may fail with its own video and with some that were to stand in for it. */
function countDraws(failures: readonly ClipFailure[]): number {
  return new Set(failures.map(({ position }) => position)).size;
}
