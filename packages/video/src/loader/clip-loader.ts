import { availableParallelism } from 'node:os';
import { cacheFolder } from '@vjepa/files';
import type { DecoderName } from '../decoders/decoder.js';
import { retryUnavailable, type UnavailableVideo } from '../retry-unavailable.js';
import type { ActionFrames, ClipSettings } from '../sampling/index.js';
import { absoluteSource } from '../sources/source-location.js';
import { chooseDecoder, type DecoderChoice, threadSettings } from '../threads/choose-decoder.js';
import { ThreadPool } from '../threads/thread-pool.js';
import { sidesOf } from '../transform/frame-size.js';
import type { ClipFormat } from '../transform/index.js';
import { VideoError, type VideoErrorCode } from '../video-error.js';
import { BatchMemory } from './batch-memory.js';
import type { ClipReply, FrameCounts, StageMilliseconds } from './clip-request.js';
import { type ClipTransformSettings, viewsPerClip } from './clip-transform.js';
import { replacementIndex } from './replacement.js';

/** A video and its class. */
export interface LabelledVideo {
  path: string;
  label: number;
  /** Frames of what is to be foretold, for clips before an action (`clip.anticipation`). */
  action?: ActionFrames | undefined;
}

/** What a {@link ClipLoader} reads, and with how many threads. */
export interface ClipLoaderOptions {
  videos: readonly LabelledVideo[];
  /** Which frames make a clip. */
  clip: ClipSettings;
  /** What becomes of them. */
  transform: ClipTransformSettings;
  /** Decode threads; default: one less than the CPU cores, at least one. */
  workers?: number | undefined;
  decoder?: 'auto' | DecoderName | undefined;
  /** Together with a sample's epoch and draw decides everything random about it. Default 0. */
  seed?: number | undefined;
  /** Limit for one clip; a thread that exceeds it is replaced. Default 30,000. */
  timeLimitMs?: number | undefined;
  /**
   * `replace` (default): another video, drawn from (seed, epoch, draw) alone, stands in for one that does not decode,
   * and the batch and the loader report it. `error`: the iteration throws its `VideoError`. `report`: its place in the
   * batch stays black and the batch reports it, for metrics that count every video.
   */
  onBadVideo?: 'replace' | 'error' | 'report' | undefined;
  /**
   * How long a sample waits for a video that cannot be reached just now (its server or the network fails, the disk, or
   * the machine is out of files) before `onBadVideo` says what becomes of it. Such a video is asked for again whenever
   * it is drawn. Default 60,000.
   */
  patienceMs?: number | undefined;
  /** Told each time a sample waits for its video. */
  onUnavailable?: ((video: UnavailableVideo) => void) | undefined;
  /** `uint8` (default): [B, T, S, S, 3], 0..255. `float32`: normalised, [B, 3, T, S, S]. */
  output?: ClipFormat | undefined;
  /** Batches made ahead of the one being used. Default 2. */
  prefetch?: number | undefined;
  /**
   * Pictures among the files, by their extensions, are clips that stand still, as V-JEPA 2 takes images; of the `pretraining` transform.
   * Default false: they are no videos.
   */
  stills?: boolean | undefined;
  /** Bring pictures upright, turned and mirrored as the file asks; default true. */
  rotate?: boolean | undefined;
  /** Folder in which packet indexes are kept between runs, or false for none. Default: see `openVideo`. */
  indexCache?: string | false | undefined;
  /** Count decoded frames with every decoder; the native one always does. Costs others a longer log. Default false. */
  countFrames?: boolean | undefined;
}

/** One sample of a batch: which video, in which pass, at which position of that pass. */
export interface SampleRequest {
  index: number;
  epoch: number;
  draw: number;
}

/** A clip that could not be read, and why. */
export interface ClipFailure {
  path: string;
  /** The `VideoError`'s message. */
  reason: string;
  /** The video that was used instead; empty with `onBadVideo: 'report'`. */
  replacedBy: string;
  /** The sample's place in the batch. */
  position: number;
  code: VideoErrorCode;
  /** Whether the failure says nothing about the video: it may be read the next time. */
  passing: boolean;
}

/** A sample of a video that is shorter than one clip: its last frame is repeated. */
export interface ShortVideo {
  path: string;
  /** Frames the video has. */
  frames: number;
  /** Frames of the video that a clip spans. */
  needed: number;
  /** The sample's place in the batch. */
  position: number;
}

/** Clips in the order asked for, and what could not be read. */
export interface ClipBatch {
  /** In shared memory, on a page of its own: @vjepa/tensorflow uses bytes without a copy. Valid until `release`. */
  clips: Uint8Array | Float32Array;
  /**
   * uint8: [B, T, S, S, 3], float32: [B, 3, T, S, S]. With several clips or views a sample: [B, K, V, …] in place of
   * the leading B.
   */
  shape: number[];
  labels: Int32Array;
  /** Of the videos used, after replacement. */
  paths: string[];
  /** Frame indices of each sample, [K·F]. */
  frameIndices: Int32Array[];
  failures: ClipFailure[];
  short: ShortVideo[];
  /** What the threads spent on the batch's samples, by stage, and how long the consumer waited for the batch. */
  milliseconds: StageMilliseconds & { wait: number };
  /** Frames decoded and used, summed over the samples. */
  frames: FrameCounts;
  /** Gives the memory back for another batch. */
  release(): void;
}

/** A video that failed, once, however often it was drawn. */
export interface BadVideo {
  path: string;
  /** The `VideoError`'s message. */
  reason: string;
  /** Whether the failure says nothing about the video; one that is read later is no longer listed. */
  passing: boolean;
  /** How many samples it would have been. */
  count: number;
}

/** What batches are made of beside their samples. */
export interface ClipBatchesOptions {
  /** Places in `videos` of those that may stand in for bad ones, at least one. Default: all. */
  standIns?: readonly number[] | undefined;
}

/** Decodes clips ahead, in threads, and gives them in order. */
export interface ClipLoader {
  /** The batches of a plan, in its order, whatever the number of workers. */
  batches(plan: Iterable<readonly SampleRequest[]>, options?: ClipBatchesOptions): AsyncIterable<ClipBatch>;
  /** Every video that failed so far, each named once. */
  badVideos(): BadVideo[];
  /** Which decoder the threads use, and why. @throws VideoError `decoder-unavailable` */
  decoder(): Promise<DecoderChoice>;
  /** Stops the threads; iterations under way throw. */
  close(): Promise<void>;
}

/** Failures that say nothing about the video: another one would fail as well. */
const NOT_THE_FILE = new Set(['closed', 'decoder-unavailable']);
/**
 * Failures of a file as a whole, which need not be met twice. A file that failed in any other way may well decode at
 * other frames, and is tried each time: what was drawn before, or is being decoded beside it, must not decide.
 */
const WHOLE_FILE = new Set([
  'missing',
  'unreadable',
  'empty',
  'not-a-video',
  'no-video-stream',
  'unsupported-codec',
  'too-short',
  'too-slow',
]);
/** Replacements tried for one sample before giving up on the whole list. */
const MAX_REPLACEMENTS = 32;

/**
 * Makes batches of clips in worker threads. Order and content depend on the plan and the seed alone, not on the number
 * of workers or on timing. At most `prefetch` + 1 batches are in the making at any time.
 *
 * @throws VideoError from the iteration, when `onBadVideo` is `error` or no replacement can be found
 */
export function createClipLoader(options: ClipLoaderOptions): ClipLoader {
  return new ThreadedClipLoader(options);
}

interface Sample {
  video: LabelledVideo;
  reply: ClipReply;
  failures: Omit<ClipFailure, 'position'>[];
}

/** The options with every default filled in. */
type LoaderSettings = {
  [Key in Exclude<keyof ClipLoaderOptions, 'workers' | 'onUnavailable'>]-?: Exclude<ClipLoaderOptions[Key], undefined>;
} & Pick<ClipLoaderOptions, 'onUnavailable'>;

class ThreadedClipLoader implements ClipLoader {
  readonly #videos: readonly LabelledVideo[];
  readonly #options: LoaderSettings;
  readonly #pool: ThreadPool;
  readonly #memory: BatchMemory;
  readonly #bad = new Map<string, { error: VideoError; count: number }>();
  /** Since when a video cannot be reached. */
  readonly #unreachable = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #views: number;

  constructor(options: ClipLoaderOptions) {
    const { workers = Math.max(1, availableParallelism() - 1), prefetch = 2, decoder = 'auto' } = options;
    if (options.videos.length === 0) throw new RangeError('the loader was given no videos');
    requirePositive('workers', workers);
    requirePositive('prefetch', prefetch);
    this.#videos = options.videos.map(({ path, label, action }) => ({ path: absoluteSource(path), label, action }));
    const { seed = 0, timeLimitMs = 30_000, onBadVideo = 'replace', patienceMs = 60_000, output = 'uint8' } = options;
    const { rotate = true, indexCache = cacheFolder('video-index'), countFrames = false } = options;
    const { stills = false } = options;
    if (stills && options.transform.kind !== 'pretraining') {
      throw new RangeError(`stills: expected the pretraining transform, found ${options.transform.kind}`);
    }
    const reading = { seed, timeLimitMs, onBadVideo, patienceMs, output, rotate, indexCache, countFrames, stills };
    this.#options = { ...options, ...reading, decoder, prefetch };
    this.#views = viewsPerClip(options.transform);
    this.#memory = new BatchMemory(prefetch + 2);
    const settings = async () => threadSettings((await this.decoder()).decoder, this.#options.countFrames);
    this.#pool = new ThreadPool(workers, settings, { idleMs: Number.POSITIVE_INFINITY });
  }

  async *batches(
    plan: Iterable<readonly SampleRequest[]>,
    { standIns }: ClipBatchesOptions = {},
  ): AsyncGenerator<ClipBatch> {
    const upcoming: Promise<ClipBatch>[] = [];
    const requests = plan[Symbol.iterator]();
    const fill = () => {
      while (upcoming.length <= this.#options.prefetch) {
        const { done, value } = requests.next();
        if (done) return;
        const batch = this.#batch(value, standIns);
        // Its error belongs to whoever awaits it below; until then it must not count as unhandled.
        batch.catch(() => {});
        upcoming.push(batch);
      }
    };
    try {
      for (fill(); upcoming.length > 0; fill()) {
        const started = performance.now();
        const batch = await upcoming.shift()!;
        batch.milliseconds.wait = performance.now() - started;
        yield batch;
      }
    } finally {
      requests.return?.();
    }
  }

  badVideos(): BadVideo[] {
    return [...this.#bad].map(([path, { error, count }]) => {
      return { path, reason: error.message, passing: error.passing, count };
    });
  }

  decoder(): Promise<DecoderChoice> {
    return chooseDecoder(this.#options.decoder);
  }

  close(): Promise<void> {
    this.#closing.abort();
    return this.#pool.close();
  }

  async #batch(requests: readonly SampleRequest[], standIns: readonly number[] | undefined): Promise<ClipBatch> {
    const { output, clip, transform } = this.#options;
    const { height, width } = sidesOf(transform.size);
    const { framesPerClip, clips = 1 } = clip;
    const sampleElements = clips * this.#views * framesPerClip * height * width * 3;
    const sampleBytes = sampleElements * (output === 'uint8' ? 1 : 4);
    const bytes = requests.length * sampleBytes;
    const memory = this.#memory.take(bytes);
    const samples = await Promise.all(
      requests.map((request, i) => this.#sample(request, standIns, memory, i * sampleBytes, sampleBytes)),
    );
    const inner = output === 'uint8' ? [framesPerClip, height, width, 3] : [3, framesPerClip, height, width];
    const outer = clips * this.#views === 1 ? [requests.length] : [requests.length, clips, this.#views];
    let released = false;
    return {
      // Of a fixed length, though the memory's own is not.
      clips: output === 'uint8' ? new Uint8Array(memory, 0, bytes) : new Float32Array(memory, 0, bytes / 4),
      shape: [...outer, ...inner],
      labels: Int32Array.from(samples, ({ video }) => video.label),
      paths: samples.map(({ video }) => video.path),
      frameIndices: samples.map(({ reply }) => reply.frameIndices),
      failures: samples.flatMap(({ failures }, position) => failures.map((failure) => ({ ...failure, position }))),
      short: samples.flatMap(({ video: { path }, reply: { shortage } }, position) =>
        shortage ? [{ path, ...shortage, position }] : [],
      ),
      milliseconds: { ...sumStages(samples.map(({ reply }) => reply.milliseconds)), wait: 0 },
      frames: sumFrames(samples.map(({ reply }) => reply.frames)),
      release: () => {
        if (!released) this.#memory.give(memory);
        released = true;
      },
    };
  }

  /** One sample, from its own video or, where that is bad, from the first good replacement. */
  async #sample(
    request: SampleRequest,
    standIns: readonly number[] | undefined,
    memory: SharedArrayBuffer,
    byteOffset: number,
    byteLength: number,
  ): Promise<Sample> {
    const { seed, onBadVideo } = this.#options;
    const { epoch, draw } = request;
    const failed: Pick<ClipFailure, 'path' | 'reason' | 'code' | 'passing'>[] = [];
    const failures = new Map<string, VideoError>();
    let firstFailure: number | undefined;
    const failingSince = () => {
      firstFailure ??= performance.now();
      return firstFailure;
    };
    let video = this.#video(request.index);
    for (let attempt = 1; ; attempt++) {
      const tried = failures.get(video.path);
      const outcome =
        tried ??
        (await this.#tryPatiently(video, failingSince, (again) =>
          this.#tryVideo(video, request, memory, byteOffset, byteLength, attempt > 1 || again),
        ));
      if (!(outcome instanceof VideoError)) {
        const replacedBy = video.path;
        return { video, reply: outcome, failures: failed.map((failure) => ({ ...failure, replacedBy })) };
      }
      if (onBadVideo === 'error' || NOT_THE_FILE.has(outcome.code)) throw outcome;
      failures.set(video.path, outcome);
      failed.push({ path: video.path, reason: outcome.message, code: outcome.code, passing: outcome.passing });
      if (onBadVideo === 'report') return blackSample(video, outcome, memory, byteOffset, byteLength);
      if (attempt > MAX_REPLACEMENTS) {
        throw new VideoError(
          outcome.code,
          outcome.path,
          `${outcome.reason}; and ${MAX_REPLACEMENTS} replacements failed too`,
        );
      }
      const place = replacementIndex(seed, epoch, draw, attempt, standIns?.length ?? this.#videos.length);
      video = this.#video(standIns?.[place] ?? place);
    }
  }

  /**
   * Waits for a video that cannot be reached, until its own time or that of the sample is up: a server that is gone for
   * good must not hold up every replacement, nor a file that it never gives out every batch.
   */
  async #tryPatiently(
    { path }: LabelledVideo,
    failingSince: () => number,
    attempt: (again: boolean) => Promise<ClipReply>,
  ): Promise<ClipReply | VideoError> {
    const { patienceMs, onUnavailable } = this.#options;
    const giveUpAt = () => {
      const since = this.#unreachable.get(path) ?? performance.now();
      this.#unreachable.set(path, since);
      return Math.min(since, failingSince()) + patienceMs;
    };
    let again = false;
    const once = () => {
      const reply = attempt(again);
      again = true;
      return reply;
    };
    try {
      const reply = await retryUnavailable(once, { giveUpAt, onUnavailable, signal: this.#closing.signal });
      if (this.#bad.get(path)?.error.passing) this.#bad.delete(path);
      this.#unreachable.delete(path);
      return reply;
    } catch (error) {
      const failure = VideoError.from(error, path);
      const known = this.#bad.get(path);
      const mayBeRemembered = failure.code !== 'closed' && failure.code !== 'decoder-unavailable';
      if (mayBeRemembered) this.#bad.set(path, { error: failure, count: (known?.count ?? 0) + 1 });
      return failure;
    }
  }

  async #tryVideo(
    { path, action }: LabelledVideo,
    { epoch, draw }: SampleRequest,
    memory: SharedArrayBuffer,
    byteOffset: number,
    byteLength: number,
    urgent: boolean,
  ): Promise<ClipReply> {
    const known = this.#bad.get(path);
    if (known && WHOLE_FILE.has(known.error.code) && this.#options.onBadVideo !== 'error') throw known.error;
    const { seed, clip, transform, output, rotate, stills, timeLimitMs: timeoutMs } = this.#options;
    const indexCache = this.#options.indexCache || undefined;
    const where = { memory, byteOffset, byteLength };
    const request = {
      kind: 'clip',
      path,
      seed,
      epoch,
      draw,
      clip,
      action,
      transform,
      output,
      rotate,
      stills,
      timeoutMs,
      indexCache,
      ...where,
    } as const;
    for (let crashes = 0; ; crashes++) {
      try {
        return await this.#pool.call(request, path, { urgent });
      } catch (error) {
        const failure = VideoError.from(error, path);
        // A thread may have died of something else: the clip is redone once.
        if (failure.code === 'crashed' && crashes === 0) continue;
        throw failure;
      }
    }
  }

  #video(index: number): LabelledVideo {
    const video = this.#videos[index];
    if (!video)
      throw new RangeError(
        `video ${index} is outside the list of ${this.#videos.length} (0..${this.#videos.length - 1})`,
      );
    return video;
  }
}

function sumStages(stages: readonly StageMilliseconds[]): StageMilliseconds {
  const sum = { index: 0, decode: 0, transform: 0 };
  for (const { index, decode, transform } of stages) {
    sum.index += index;
    sum.decode += decode;
    sum.transform += transform;
  }
  return sum;
}

function sumFrames(counts: readonly FrameCounts[]): FrameCounts {
  const decoded = counts.reduce<number | undefined>(
    (sum, { decoded }) => (sum === undefined || decoded === undefined ? undefined : sum + decoded),
    0,
  );
  return { decoded, used: counts.reduce((sum, { used }) => sum + used, 0) };
}

/** The memory may hold an earlier batch's sample. */
function blackSample(
  video: LabelledVideo,
  error: VideoError,
  memory: SharedArrayBuffer,
  byteOffset: number,
  byteLength: number,
): Sample {
  new Uint8Array(memory, byteOffset, byteLength).fill(0);
  const reply = { frameIndices: new Int32Array(0), milliseconds: sumStages([]), frames: sumFrames([]) };
  const { message: reason, code, passing } = error;
  return { video, reply, failures: [{ path: video.path, reason, code, passing, replacedBy: '' }] };
}

function requirePositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} must be an integer of at least 1, found ${value}`);
}
