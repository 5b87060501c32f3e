import type { ClipBatch } from '@vjepa/video';
import type { DrawLimits } from '../plan/pretraining-settings.js';
import { appendBadVideo } from '../run/bad-video-file.js';
import type { Checkpoint } from '../run/checkpoint-store.js';
import type { RunFolder } from '../run/run-folder.js';
import { appendShortVideo, readShortVideos } from '../run/short-video-file.js';
import type { Sentence } from '../sentence.js';
import { BadVideos } from './bad-videos.js';
import { ShortVideos } from './short-videos.js';

/** The bad and the short videos among those that a run draws: counted, listed in its folder, and at some point too many. */
export class DrawnVideos {
  readonly #folder: RunFolder;
  readonly #bad: BadVideos;
  readonly #short: ShortVideos;
  /** Those that others stand in for because they are short. */
  readonly #leftOut = new Set<string>();

  /**
   * @param videos length of the run's list
   * @param before where an interrupted run stopped
   */
  constructor(folder: RunFolder, limits: DrawLimits, videos: number, before?: Pick<Checkpoint, 'step' | 'run'>) {
    this.#folder = folder;
    this.#bad = new BadVideos(limits.badVideos, before?.run);
    const known = before ? readShortVideos(folder.shortVideos).filter(({ step }) => step <= before.step) : [];
    const paths = known.map(({ path }) => path);
    this.#short = new ShortVideos(limits.shortVideos, videos, before?.run, paths);
  }

  /** What a checkpoint keeps. */
  get counts() {
    const { draws, replaced, bad } = this.#bad;
    return { draws, replaced, bad, short: this.#short.clips };
  }

  /**
   * Takes note of a batch.
   *
   * @returns what is wrong, when there were more than the limits allow, and what lists the batch's, at its step
   */
  add(draws: number, batch: Pick<ClipBatch, 'failures' | 'short'>) {
    this.#bad.add(draws, batch.failures);
    const newlyShort = this.#short.add(draws, batch.short);
    const excess: Sentence | undefined = this.#bad.excess() ?? this.#short.excess();
    const list = (step: number, log: (line: string) => void) => {
      for (const failure of batch.failures) this.#list(step, failure, log);
      for (const { path, frames, needed } of newlyShort) {
        appendShortVideo(this.#folder.shortVideos, { step, path, frames, needed });
      }
    };
    return { excess, list };
  }

  #list(step: number, failure: ClipBatch['failures'][number], log: (line: string) => void): void {
    const { path, reason, replacedBy, code, passing } = failure;
    // Those that are left out on purpose may be many: once is enough.
    if (code === 'too-short' && this.#leftOut.has(path)) return;
    if (code === 'too-short') this.#leftOut.add(path);
    const record = { step, path, reason, replacedBy };
    appendBadVideo(this.#folder.badVideos, passing ? { ...record, passing } : record);
    const what = code === 'too-short' ? 'short video' : passing ? 'video that cannot be reached now' : 'bad video';
    log(`replaced a ${what}: ${reason}`);
  }

  /** One line on the short clips so far; undefined where there were none. */
  summary(): string | undefined {
    return this.#short.summary(this.#folder.shortVideos);
  }
}
