import { stepSamples } from '@vjepa/training';
import { type ClipBatch, type ClipLoader, createClipLoader, type DecoderName, sampleOrder } from '@vjepa/video';
import { readVideos } from '../data/datasets.js';

export interface BenchLoaderOptions {
  index: string;
  /** Clips that are timed. */
  clips: number;
  /** Clips before those: threads start, code gets warm. */
  warmup: number;
  workers: number;
  batch: number;
  decoder: 'auto' | DecoderName;
  /** Frames of a clip, and the step between them. */
  frames: number;
  frameStep: number;
  /** Side of the clip. */
  crop: number;
  /** Whether packet indexes are kept on disk, as in training; false: every file is demuxed anew. */
  cache: boolean;
}

/** What `vjepa bench loader --json` prints. Memory in MB (2^20 bytes). */
export interface BenchLoaderResult {
  clips_per_second: number;
  clips: number;
  seconds: number;
  decoder: DecoderName;
  /** Why it was this decoder. */
  decoder_reason: string;
  workers: number;
  /** Time of a thread for one clip, by stage, as the threads measured it. */
  milliseconds_per_clip: {
    /** Finding the packet index. */
    index: number;
    /** Opening the file, seeking, decoding. */
    decode: number;
    /** Colour conversion, crop and resize. */
    transform: number;
    /** The rest: taking requests and handing over, waiting for work or for a core. */
    other: number;
  };
  /** How long the consumer waited for a batch, on average. */
  wait_milliseconds_per_batch: number;
  cpu_milliseconds_per_clip: number;
  frames: {
    /** Frames that came out of the codec; null where the decoder does not tell. */
    decoded: number | null;
    /** Distinct frames that the clips show. */
    used: number;
  };
  peak_rss_mb: number;
  /** Videos that were replaced because they do not decode. */
  bad_videos: { path: string; reason: string; count: number }[];
  flags: BenchLoaderOptions;
}

/**
 * Times the loader as pretraining uses it: windows at random places, a random resized crop, uint8 batches, a consumer
 * that does nothing else.
 *
 * @throws CommandError for a bad index; VideoError when no video decodes or the decoder is not there
 */
export async function benchLoader(options: BenchLoaderOptions): Promise<BenchLoaderResult> {
  const videos = await readVideos(options.index, 'name yours with --index: a folder of videos, or a list');
  const order = (epoch: number) => sampleOrder({ length: videos.length, epoch });
  const loader = createClipLoader({
    videos,
    clip: { framesPerClip: options.frames, frameStep: options.frameStep },
    transform: { kind: 'pretraining', size: options.crop },
    workers: options.workers,
    decoder: options.decoder,
    countFrames: true,
    ...(options.cache ? {} : { indexCache: false }),
  });
  try {
    const { decoder, reason } = await loader.decoder();
    // The warm-up's samples come after the timed ones, so that no timed sample is made twice.
    for await (const batch of loader.batches(batchesOf(options.clips, options.warmup))) batch.release();
    const totals = await timeBatches(loader, batchesOf(0, options.clips));
    const { index, decode, transform } = totals;
    const perClip = (value: number) => value / options.clips;
    return {
      clips_per_second: (1000 * options.clips) / totals.elapsed,
      clips: options.clips,
      seconds: totals.elapsed / 1000,
      decoder,
      decoder_reason: reason,
      workers: options.workers,
      milliseconds_per_clip: {
        index: perClip(index),
        decode: perClip(decode),
        transform: perClip(transform),
        other: perClip(Math.max(0, options.workers * totals.elapsed - index - decode - transform)),
      },
      wait_milliseconds_per_batch: totals.wait / totals.batches,
      cpu_milliseconds_per_clip: perClip(totals.cpu),
      frames: { decoded: totals.decoded ?? null, used: totals.used },
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      bad_videos: loader.badVideos(),
      flags: options,
    };
  } finally {
    await loader.close();
  }

  function* batchesOf(first: number, count: number) {
    for (let done = 0; done < count; done += options.batch) {
      const size = Math.min(options.batch, count - done);
      yield Array.from({ length: size }, (_, i) => stepSamples(order, videos.length, 1, first + done + i)[0]!);
    }
  }
}

/** What a whole plan cost: milliseconds by stage, wall clock and processor time, and the frames behind it. */
async function timeBatches(loader: ClipLoader, plan: Parameters<ClipLoader['batches']>[0]) {
  const totals = { index: 0, decode: 0, transform: 0, wait: 0, batches: 0, used: 0 };
  let decoded: ClipBatch['frames']['decoded'] = 0;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for await (const { milliseconds, frames, release } of loader.batches(plan)) {
    for (const stage of ['index', 'decode', 'transform', 'wait'] as const) totals[stage] += milliseconds[stage];
    totals.batches++;
    totals.used += frames.used;
    decoded = decoded === undefined || frames.decoded === undefined ? undefined : decoded + frames.decoded;
    release();
  }
  const elapsed = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  return { ...totals, decoded, elapsed, cpu: (user + system) / 1000 };
}

/** The result as lines for people. */
export function describeBenchLoader(result: BenchLoaderResult): string[] {
  const { milliseconds_per_clip: stages, frames, workers, bad_videos: bad } = result;
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  const decoded =
    frames.decoded === null
      ? 'not counted'
      : `${frames.decoded} (${(frames.decoded / frames.used).toFixed(1)} for one)`;
  return [
    `decoder  ${result.decoder}: ${result.decoder_reason}`,
    `speed    ${result.clips_per_second.toFixed(2)} clips/s with ${workers} ${workers === 1 ? 'worker' : 'workers'} ` +
      `(${result.clips} clips in ${result.seconds.toFixed(1)} s), ${ms(result.cpu_milliseconds_per_clip)} of processor a clip`,
    `a clip   index ${ms(stages.index)}, decode ${ms(stages.decode)}, crop and resize ${ms(stages.transform)}, ` +
      `other ${ms(stages.other)}`,
    `a batch  ${ms(result.wait_milliseconds_per_batch)} of waiting for it`,
    `frames   ${decoded} decoded, ${frames.used} used`,
    `memory   ${result.peak_rss_mb} MB at most`,
    ...bad.map(({ reason, count }) => `replaced ${count === 1 ? 'once' : `${count} times`}: ${reason}`),
  ];
}
