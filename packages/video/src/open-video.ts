import { cacheFolder } from '@vjepa/files';
import type { DecoderName } from './decoders/decoder.js';
import type { FfmpegUrls } from './ffmpeg-urls.js';
import { retryUnavailable } from './retry-unavailable.js';
import { absoluteSource } from './sources/source-location.js';
import { chooseDecoder } from './threads/choose-decoder.js';
import { sharedPool } from './threads/shared-pools.js';
import { secondsAt, type Video, videoInfo, wholeIndices } from './video.js';
import { VideoError } from './video-error.js';

/** How {@link openVideo} decodes. */
export interface OpenVideoOptions {
  /** Default `auto`: the fastest decoder there is. */
  decoder?: 'auto' | DecoderName | undefined;
  /** Limit for opening and for each `decode`, in milliseconds; default 60,000. */
  timeoutMs?: number | undefined;
  /**
   * How long to wait, in all, for a video that cannot be reached just now (its server or the network fails, the disk, or
   * the machine is out of files), beyond the few seconds that each read is tried for. Default 0. In browsers it has no
   * effect.
   */
  patienceMs?: number | undefined;
  /** Bring pictures upright, turned and mirrored as the file asks; default true. */
  rotate?: boolean | undefined;
  /**
   * Folder in which packet indexes are kept between runs, or false for none. Default: `VJEPA_CACHE` or the platform's
   * cache folder.
   */
  indexCache?: string | false | undefined;
  /** Only used, and required, in browsers: where ffmpeg.wasm is served from. */
  ffmpeg?: FfmpegUrls | undefined;
}

/**
 * Opens a video for random access by frame index: a path, a `file://`, `http://` or `https://` address, or a member of
 * a tar archive (see `listTarVideos`); in browsers an address, `File` or `Blob`. The file is demuxed once, not decoded; decoding happens in a worker
 * thread, so the caller's event loop stays free.
 * @throws VideoError naming the file and FFmpeg's reason
 */
export async function openVideo(source: string | URL | Blob, options: OpenVideoOptions = {}): Promise<Video> {
  const {
    decoder = 'auto',
    timeoutMs = 60_000,
    patienceMs = 0,
    rotate = true,
    indexCache = cacheFolder('video-index'),
  } = options;
  if (source instanceof Blob) {
    throw new TypeError('openVideo takes a path or an address in Node, not a Blob: write it to a file first');
  }
  const file = absoluteSource(String(source));
  const { decoder: name } = await chooseDecoder(decoder);
  const pool = sharedPool(name);
  const folder = indexCache === false ? undefined : indexCache;
  const patiently = <T>(attempt: () => Promise<T>): Promise<T> => {
    const until = performance.now() + patienceMs;
    return retryUnavailable(attempt, { giveUpAt: () => until });
  };
  const opened = await patiently(() => pool.call({ kind: 'index', path: file, indexCache: folder, timeoutMs }, file));
  const { version } = opened;
  let { index } = opened;
  let closed = false;
  return {
    info: videoInfo(file, index, name, rotate),
    async decode(indices) {
      if (closed) throw new VideoError('closed', file, 'the video was closed');
      const whole = wholeIndices(indices, file);
      const request = { path: file, index, version, indexCache: folder, indices: whole, rotate, timeoutMs };
      const reply = await patiently(() => pool.call({ kind: 'decode', ...request }, file));
      index = reply.index;
      return reply.frames;
    },
    secondsAt: (frame) => secondsAt(index, frame),
    async close() {
      closed = true;
    },
  };
}
