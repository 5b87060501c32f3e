import type { DecoderName } from '../decoders/decoder.js';
import { openVideo } from '../open-video.js';
import type { Video } from '../video.js';
import { VideoError, type VideoErrorCode } from '../video-error.js';

/** How {@link checkVideo} looks at a video. */
export interface CheckVideoOptions {
  /** Default `auto`: the fastest decoder there is. */
  decoder?: 'auto' | DecoderName | undefined;
  /** Decode the first, the middle and the last frame only, instead of all. Default false. */
  quick?: boolean | undefined;
  /** Videos with fewer frames are bad. Default 1. */
  minFrames?: number | undefined;
  /** Limit for opening and for each pass of decoding, in milliseconds; default 60,000. */
  timeoutMs?: number | undefined;
  /** How long to wait for a video that cannot be reached; default 0. */
  patienceMs?: number | undefined;
}

/** What a check found out about one video. */
export type VideoCheck =
  | { path: string; good: true; frames: number; width: number; height: number; rate: number; codec: string }
  | {
      path: string;
      good: false;
      code: VideoErrorCode;
      reason: string;
      /** Whether the failure says nothing about the video. */
      passing: boolean;
    };

/** Frames decoded in one pass take about this much memory. */
const BYTES_PER_PASS = 192 * 2 ** 20;

/**
 * Opens a video and decodes it. Never throws for what is wrong with the file.
 *
 * @throws VideoError when the decoder asked for is not installed
 */
export async function checkVideo(path: string, options: CheckVideoOptions = {}): Promise<VideoCheck> {
  const { decoder, timeoutMs, patienceMs = 0, minFrames = 1, quick = false } = options;
  try {
    const video = await openVideo(path, { decoder, timeoutMs, patienceMs });
    try {
      const { frames, width, height, averageRate: rate, codec } = video.info;
      if (frames < minFrames) {
        const reason = `the video has ${frames} frame${frames === 1 ? '' : 's'}, expected at least ${minFrames}`;
        return { path, good: false, code: frames === 0 ? 'zero-frames' : 'too-short', reason, passing: false };
      }
      await decodeFrames(video, quick);
      return { path, good: true, frames, width, height, rate, codec };
    } finally {
      await video.close();
    }
  } catch (error) {
    const { code, reason, passing } = VideoError.from(error, path);
    if (code === 'decoder-unavailable') throw error;
    return { path, good: false, code, reason, passing };
  }
}

async function decodeFrames(video: Video, quick: boolean): Promise<void> {
  const { frames, width, height } = video.info;
  if (quick) {
    await video.decode([...new Set([0, frames >> 1, frames - 1])]);
    return;
  }
  const perPass = Math.max(8, Math.floor(BYTES_PER_PASS / (width * height * 3)));
  for (let from = 0; from < frames; from += perPass) {
    const count = Math.min(perPass, frames - from);
    await video.decode(Int32Array.from({ length: count }, (_, i) => from + i));
  }
}
