import type { DecoderName } from './decoders/decoder.js';
import { type Orientation, swapsSides } from './orientation.js';
import type { PacketIndex } from './packet-index.js';
import type { RgbFrames } from './rgb-frames.js';
import { VideoError } from './video-error.js';

/** `mirrored` and `rotation`: how the file asks for its pictures to be shown, first mirrored, then turned. */
export interface VideoInfo extends Orientation {
  path: string;
  /** Number of frames in presentation order; valid indices are 0 to frames - 1. */
  frames: number;
  /** Position of the video stream that is read among all streams of the file. */
  stream: number;
  /** Size of the frames `decode` returns: upright, unless `rotate` is off. */
  width: number;
  height: number;
  /** Mean frames per second as the container states it; 0 where it does not. */
  averageRate: number;
  codec: string;
  /** FFmpeg's name of the stored layout, e.g. `yuv420p`. */
  pixelFormat: string;
  decoder: DecoderName;
}

/** An open video: any clip of it, frame-exact. */
export interface Video {
  readonly info: VideoInfo;
  /**
   * The frames at these presentation indices, in the order given; any order, repeats allowed. [K, H, W, 3].
   * @throws VideoError
   */
  decode(indices: ArrayLike<number>): Promise<RgbFrames>;
  /**
   * When a frame is shown, in seconds after the first one: by its presentation time, or by the mean rate where the file
   * has no times; undefined where it has neither, or for a frame that is not there.
   */
  secondsAt(index: number): number | undefined;
  close(): Promise<void>;
}

/** Indices as whole numbers, so that 1.5 is an error and never frame 1. */
export function wholeIndices(indices: ArrayLike<number>, path: string): Int32Array {
  const whole = Int32Array.from(indices);
  const bad = whole.findIndex((value, i) => value !== indices[i]);
  if (bad >= 0) throw new VideoError('index-out-of-range', path, `frame index ${indices[bad]} is not a whole number`);
  return whole;
}

/** See {@link Video.secondsAt}. */
export function secondsAt({ times, timeBase, averageRate, frames }: PacketIndex, index: number): number | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= frames) return undefined;
  if (times !== undefined) return ((times[index]! - times[0]!) * timeBase[0]) / timeBase[1];
  return averageRate > 0 && Number.isFinite(averageRate) ? index / averageRate : undefined;
}

/** What there is to say of a file with this index. */
export function videoInfo(path: string, index: PacketIndex, decoder: DecoderName, rotate: boolean): VideoInfo {
  const turned = rotate && swapsSides(index);
  return {
    path,
    frames: index.frames,
    stream: index.stream,
    width: turned ? index.height : index.width,
    height: turned ? index.width : index.height,
    averageRate: index.averageRate,
    codec: index.codec,
    pixelFormat: index.pixelFormat,
    mirrored: index.mirrored,
    rotation: index.rotation,
    decoder,
  };
}
