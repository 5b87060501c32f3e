import type { DecoderName } from './decoders/decoder.js';
import { indexCacheFolder } from './index-cache/cache-folder.js';
import type { PacketIndex } from './packet-index.js';
import type { RgbFrames } from './rgb-frames.js';
import type { Rotation } from './rotate-frames.js';
import { absoluteSource } from './sources/source-location.js';
import { chooseDecoder } from './threads/choose-decoder.js';
import { sharedPool } from './threads/shared-pools.js';
import { VideoError } from './video-error.js';

export interface OpenVideoOptions {
  /** Default `auto`: the fastest decoder there is. */
  decoder?: 'auto' | DecoderName;
  /** Limit for opening and for each `decode`, in milliseconds; default 60,000. */
  timeoutMs?: number;
  /** Turn pictures upright as the file's rotation tag says; default true. */
  rotate?: boolean;
  /**
   * Folder in which packet indexes are kept between runs, or false for none. Default: `VJEPA_CACHE` or the platform's
   * cache folder.
   */
  indexCache?: string | false;
}

export interface VideoInfo {
  path: string;
  /** Number of frames in presentation order; valid indices are 0 to frames - 1. */
  frames: number;
  /** Size of the frames `decode` returns, after rotation if that is on. */
  width: number;
  height: number;
  /** Mean frames per second as the container states it; 0 where it does not. */
  averageRate: number;
  codec: string;
  /** FFmpeg's name of the stored layout, e.g. `yuv420p`. */
  pixelFormat: string;
  /** Clockwise turn, in degrees, that the file asks for. */
  rotation: Rotation;
  decoder: DecoderName;
}

export interface Video {
  readonly info: VideoInfo;
  /**
   * The frames at these presentation indices, in the order given; any order, repeats allowed. [K, H, W, 3].
   * @throws VideoError
   */
  decode(indices: ArrayLike<number>): Promise<RgbFrames>;
  close(): Promise<void>;
}

/**
 * Opens a video for random access by frame index. The file is demuxed once, not decoded; decoding happens in a worker
 * thread, so the caller's event loop stays free.
 * @throws VideoError naming the file and FFmpeg's reason
 */
export async function openVideo(path: string, options: OpenVideoOptions = {}): Promise<Video> {
  const { decoder = 'auto', timeoutMs = 60_000, rotate = true, indexCache = indexCacheFolder() } = options;
  const file = absoluteSource(path);
  const { decoder: name } = await chooseDecoder(decoder);
  const pool = sharedPool(name);
  const folder = indexCache === false ? undefined : indexCache;
  let index = await pool.call({ kind: 'index', path: file, indexCache: folder, timeoutMs }, file);
  let closed = false;
  return {
    info: videoInfo(file, index, name, rotate),
    async decode(indices) {
      if (closed) throw new VideoError('closed', file, 'the video was closed');
      const whole = wholeIndices(indices, file);
      const request = { path: file, index, indexCache: folder, indices: whole, rotate, timeoutMs };
      const reply = await pool.call({ kind: 'decode', ...request }, file);
      index = reply.index;
      return reply.frames;
    },
    async close() {
      closed = true;
    },
  };
}

/** Indices as whole numbers, so that 1.5 is an error and never frame 1. */
function wholeIndices(indices: ArrayLike<number>, path: string): Int32Array {
  const whole = Int32Array.from(indices);
  const bad = whole.findIndex((value, i) => value !== indices[i]);
  if (bad >= 0) throw new VideoError('index-out-of-range', path, `frame index ${indices[bad]} is not a whole number`);
  return whole;
}

function videoInfo(path: string, index: PacketIndex, decoder: DecoderName, rotate: boolean): VideoInfo {
  const turned = rotate && (index.rotation === 90 || index.rotation === 270);
  return {
    path,
    frames: index.frames,
    width: turned ? index.height : index.width,
    height: turned ? index.width : index.height,
    averageRate: index.averageRate,
    codec: index.codec,
    pixelFormat: index.pixelFormat,
    rotation: index.rotation,
    decoder,
  };
}
