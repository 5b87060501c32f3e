import type { ShortVideo } from '@vjepa/video';
import { option, Sentence, sentence } from '../sentence.js';

/** Draws that say something about a share, unless the list is shorter. */
const LEAST_DRAWS = 100;

/** Counts, over a whole run, the clips of videos that are shorter than a clip, whose last frame is repeated. */
export class ShortVideos {
  /** Samples drawn since the run began, and how many of these were short. */
  draws: number;
  clips: number;
  readonly #share: number;
  readonly #least: number;
  readonly #known: Set<string>;
  #last: ShortVideo | undefined;

  /**
   * @param share the part of all draws that may be short, 0..1
   * @param videos length of the run's list
   * @param before what an interrupted run had counted
   * @param known the short videos it had drawn
   */
  constructor(
    share: number,
    videos: number,
    before: { draws?: unknown; short?: unknown } = {},
    known: Iterable<string> = [],
  ) {
    this.#share = share;
    this.#least = Math.min(LEAST_DRAWS, videos);
    this.draws = Number(before.draws ?? 0);
    this.clips = Number(before.short ?? 0);
    this.#known = new Set(known);
  }

  /** Takes note of one batch; returns the videos that are drawn for the first time. */
  add(draws: number, short: readonly ShortVideo[]): ShortVideo[] {
    this.draws += draws;
    this.clips += short.length;
    this.#last = short.at(-1) ?? this.#last;
    return short.filter(({ path }) => {
      const isNew = !this.#known.has(path);
      this.#known.add(path);
      return isNew;
    });
  }

  /** What is wrong, when more draws were short than the share allows. */
  excess(): Sentence | undefined {
    if (this.draws < this.#least || this.clips <= this.#share * this.draws || !this.#last) return undefined;
    const { path, frames, needed } = this.#last;
    const count = `${this.clips} of the ${this.draws} clips drawn so far`;
    const last = `${path} has ${frames} frame${frames === 1 ? '' : 's'}, a clip spans ${needed}`;
    return Sentence.of([
      sentence`${count} are of videos shorter than a clip, more than ${option('limits.shortVideos')} (${this.#share}) `,
      'allows: their last frame would be repeated, and there is little to learn from pictures that stand still. ',
      sentence`The last: ${last}. Lower ${option('clips.frameStep')} (of clips by rate, raise ${option('clips.clipRate')}) or `,
      sentence`lower ${option('encoder.numFrames')}, `,
      sentence`or leave short videos out (${option('clips.rejectShort')}); `,
      sentence`to train on them all the same: ${option('limits.shortVideos: 1')}`,
    ]);
  }

  /** One line on what was drawn so far; undefined where no clip was short. */
  summary(file: string): string | undefined {
    if (this.clips === 0) return undefined;
    const { size } = this.#known;
    const percent = ((100 * this.clips) / this.draws).toPrecision(2);
    return (
      `${this.clips} of ${this.draws} clips so far (${Number(percent)} %) are of videos shorter than a clip, their last ` +
      `frame repeated; ${file} lists the ${size === 1 ? 'video' : `${size} videos`}`
    );
  }
}
