import type { DecoderName } from '../decoders/decoder.js';
import { sampleOrder } from '../sampling/sample-order.js';
import {
  type BadVideo,
  type ClipBatch,
  type ClipLoader,
  type ClipLoaderOptions,
  createClipLoader,
  type SampleRequest,
} from './clip-loader.js';

/** What `profileLoader` takes besides what the loader is made of. */
export interface ProfileLoaderOptions
  extends Pick<ClipLoaderOptions, 'videos' | 'clip' | 'transform' | 'decoder' | 'indexCache'> {
  workers: number;
  /** Clips that are timed. */
  clips: number;
  /** Clips before those: threads start, code gets warm. Default 0. */
  warmup?: number | undefined;
  /** Clips of a batch. Default 1. */
  batchSize?: number | undefined;
}

/** What a loader reached, and where the time went. */
export interface LoaderProfile {
  decoder: DecoderName;
  /** Why it was this decoder. */
  decoderReason: string;
  clipsPerSecond: number;
  seconds: number;
  /** Time of a thread for one clip, by stage, as the threads measured it. */
  millisecondsPerClip: {
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
  waitMillisecondsPerBatch: number;
  cpuMillisecondsPerClip: number;
  frames: {
    /** Frames that came out of the codec; undefined where the decoder does not tell. */
    decoded: number | undefined;
    /** Distinct frames that the clips show. */
    used: number;
  };
  /** Videos that were replaced because they do not decode. */
  badVideos: BadVideo[];
}

/**
 * Times a loader over its videos in random order, for a consumer that does nothing else.
 *
 * @throws VideoError when no video decodes or the decoder is not there
 */
export async function profileLoader(options: ProfileLoaderOptions): Promise<LoaderProfile> {
  const { clips, warmup = 0, batchSize = 1, ...settings } = options;
  const { workers } = settings;
  const loader = createClipLoader({ ...settings, countFrames: true });
  try {
    const { decoder, reason: decoderReason } = await loader.decoder();
    // The warm-up's samples come after the timed ones, so that no timed sample is made twice.
    const plan = (first: number, count: number) => batchesOf(settings.videos.length, first, count, batchSize);
    for await (const batch of loader.batches(plan(clips, warmup))) batch.release();
    const { index, decode, transform, ...totals } = await timeBatches(loader, plan(0, clips));
    return {
      decoder,
      decoderReason,
      clipsPerSecond: (1000 * clips) / totals.elapsed,
      seconds: totals.elapsed / 1000,
      millisecondsPerClip: {
        index: index / clips,
        decode: decode / clips,
        transform: transform / clips,
        other: Math.max(0, workers * totals.elapsed - index - decode - transform) / clips,
      },
      waitMillisecondsPerBatch: totals.wait / totals.batches,
      cpuMillisecondsPerClip: totals.cpu / clips,
      frames: { decoded: totals.decoded, used: totals.used },
      badVideos: loader.badVideos(),
    };
  } finally {
    await loader.close();
  }
}

/** Batches of samples `first` and the following ones of an endless walk over the videos. */
function* batchesOf(length: number, first: number, count: number, batchSize: number): Generator<SampleRequest[]> {
  let order: { epoch: number; indices: Int32Array } | undefined;
  for (let done = 0; done < count; done += batchSize) {
    yield Array.from({ length: Math.min(batchSize, count - done) }, (_, i) => {
      const position = first + done + i;
      const epoch = Math.floor(position / length);
      if (order?.epoch !== epoch) order = { epoch, indices: sampleOrder({ length, epoch }) };
      const draw = position % length;
      return { index: order.indices[draw]!, epoch, draw };
    });
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
