import { type DecoderName, describeLoaderProfile, type LoaderProfile, profileLoader } from '@vjepa/video';
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

/** What `vjepa bench loader` measured. Memory in MB (2^20 bytes). */
export interface BenchLoaderResult extends LoaderProfile {
  peakMegabytes: number;
  flags: BenchLoaderOptions;
}

/**
 * Times the loader as pretraining uses it: windows at random places, a random resized crop, uint8 batches, a consumer
 * that does nothing else.
 *
 * @throws CommandError for a bad index; VideoError when no video decodes or the decoder is not there
 */
export async function benchLoader(options: BenchLoaderOptions): Promise<BenchLoaderResult> {
  const { clips, warmup, workers, batch: batchSize, decoder } = options;
  const profile = await profileLoader({
    ...{ clips, warmup, workers, batchSize, decoder },
    videos: await readVideos(options.index),
    clip: { framesPerClip: options.frames, frameStep: options.frameStep },
    transform: { kind: 'pretraining', size: options.crop },
    indexCache: options.cache ? undefined : false,
  });
  return { ...profile, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024), flags: options };
}

/** The result as `--json` prints it. */
export function benchLoaderJson(result: BenchLoaderResult): string {
  const { flags } = result;
  return JSON.stringify({
    clips_per_second: result.clipsPerSecond,
    clips: flags.clips,
    seconds: result.seconds,
    decoder: result.decoder,
    decoder_reason: result.decoderReason,
    workers: flags.workers,
    milliseconds_per_clip: result.millisecondsPerClip,
    wait_milliseconds_per_batch: result.waitMillisecondsPerBatch,
    cpu_milliseconds_per_clip: result.cpuMillisecondsPerClip,
    frames: { decoded: result.frames.decoded ?? null, used: result.frames.used },
    peak_rss_mb: result.peakMegabytes,
    bad_videos: result.badVideos,
    flags,
  });
}

/** The result as lines for people. */
export function describeBenchLoader(result: BenchLoaderResult): string[] {
  return [...describeLoaderProfile(result, result.flags), `memory   ${result.peakMegabytes} MB at most`];
}
