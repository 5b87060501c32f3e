import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { checkVideo } from '../check/check-video.js';
import { openVideo } from '../open-video.js';
import { withSecondChance } from '../second-chance.js';
import type { VideoInfo } from '../video.js';
import { VideoError } from '../video-error.js';
import { copyPath, isPrepared, makeRoom, openPreparedFolder } from './prepared-folder.js';
import { chooseTranscoder, type Transcoder, type TranscodeSettings } from './transcoder.js';

/** Where the copies go, what they are like, and who is told. */
export interface PrepareVideosOptions extends Partial<TranscodeSettings> {
  /** Absolute paths, addresses and members of shards, as `openVideo` takes them. */
  videos: Iterable<string>;
  /** Where the copies go; made if need be. */
  folder: string;
  /** Videos copied at the same time; default: one per core. */
  workers?: number | undefined;
  /** `cli`: the installed FFmpeg; `wasm`: the one that comes along; `auto` (default): the installed one if it can x264. */
  ffmpeg?: 'auto' | 'cli' | 'wasm' | undefined;
  /** Limit for one video, in milliseconds; default 600,000. */
  timeoutMs?: number | undefined;
  /** Told of each video whose outcome stands. */
  onPrepared?: ((video: PreparedVideo) => void) | undefined;
}

/** What became of one video. */
export interface PreparedVideo {
  path: string;
  copy: string;
  /** What became of it: copied now, copied before, or not copied, for this reason. */
  outcome: 'made' | 'kept' | 'failed';
  reason?: string;
  /** Whether the failure says nothing about the video. */
  passing?: boolean;
}

/** What became of a list of videos. */
export interface PreparedVideos {
  /** One for every distinct path, in their order. */
  videos: PreparedVideo[];
  /** What copied them. */
  transcoder: Transcoder['name'];
}

/**
 * Copies videos small and quick to seek in, as H.264, so that training spends its time on training. A copy that is there
 * and newer than its source is kept, so an interrupted call goes on where it stopped. One caller at a time to a folder.
 *
 * @throws PrepareError when the folder holds copies of other settings, or the FFmpeg asked for cannot be used
 */
export async function prepareVideos(options: PrepareVideosOptions): Promise<PreparedVideos> {
  const { videos, workers = availableParallelism(), timeoutMs = 600_000, onPrepared = () => {} } = options;
  const { shortSide = 256, gop = 12, crf = 20 } = options;
  const settings = { shortSide, gop, crf };
  const folder = resolve(options.folder);
  openPreparedFolder(folder, settings);
  const transcoder = chooseTranscoder(options.ffmpeg);
  const prepared = await withSecondChance(
    [...new Set(videos)],
    workers,
    (path, patienceMs) => {
      const copy = copyPath(folder, path);
      return prepareVideo(path, copy, transcoder, patienceMs, (source) =>
        transcoder.transcode(source, copy, settings, timeoutMs),
      );
    },
    ({ passing }) => passing === true,
    onPrepared,
  );
  return { videos: prepared, transcoder: transcoder.name };
}

async function prepareVideo(
  path: string,
  copy: string,
  transcoder: Transcoder,
  patienceMs: number,
  transcode: (source: VideoInfo) => Promise<void>,
): Promise<PreparedVideo> {
  if (isPrepared(path, copy)) return { path, copy, outcome: 'kept' };
  try {
    const source = await describeSource(path, transcoder, patienceMs);
    makeRoom(copy);
    await transcode(source);
  } catch (error) {
    const { reason, passing } = VideoError.from(error, path);
    return { path, copy, outcome: 'failed', reason, passing };
  }
  const check = await checkVideo(copy, { quick: true });
  return check.good ? { path, copy, outcome: 'made' } : { path, copy, outcome: 'failed', reason: check.reason };
}

/**
 * What decoders see in a video, and so what belongs into its copy. A file that is cut is refused here: FFmpeg copies what
 * is left of it without complaint. A codec that the chosen decoder does not read, the transcoder's FFmpeg may.
 */
async function describeSource(path: string, transcoder: Transcoder, patienceMs: number): Promise<VideoInfo> {
  const open = async (decoder: 'auto' | Transcoder['decoder']) => {
    const video = await openVideo(path, { decoder, patienceMs });
    await video.close();
    return video.info;
  };
  return open('auto').catch((error: unknown) => {
    if (error instanceof VideoError && error.code === 'unsupported-codec') return open(transcoder.decoder);
    throw error;
  });
}
