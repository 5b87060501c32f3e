import type { RgbFrames } from './rgb-frames.js';
import { runFfmpeg } from './run-ffmpeg.js';

/** What {@link encodeVideo} writes. */
export interface EncodeVideoOptions {
  frames: RgbFrames;
  /** Frames per second. */
  rate: number;
  /** File to write; its extension chooses the container (mp4, mkv, mov, avi, …). */
  output: string;
  codec?: 'h264' | undefined;
  /** Frames between key frames; default 12. */
  gop?: number | undefined;
  /** x264's constant rate factor, 0 (lossless) to 51; default 18. */
  crf?: number | undefined;
  /** Default 120,000. */
  timeoutMs?: number | undefined;
}

/**
 * Encodes RGB frames to H.264 (4:2:0, as cameras and datasets have it) in a worker thread.
 * @throws RangeError when the size is odd or the data does not fit it; VideoError with FFmpeg's reason
 */
export async function encodeVideo(options: EncodeVideoOptions): Promise<void> {
  const { frames, rate, output, gop = 12, crf = 18, timeoutMs = 120_000 } = options;
  const { data, height, width } = frames;
  const expected = frames.frames * height * width * 3;
  if (data.length !== expected || frames.frames === 0) {
    throw new RangeError(
      `frames hold ${data.length} bytes, expected ${expected} for [${frames.frames}, ${height}, ${width}, 3] with at least one frame`,
    );
  }
  if (height % 2 || width % 2) {
    throw new RangeError(`frames are ${width}x${height}; H.264 with 4:2:0 colour needs even sides: crop or pad by one`);
  }
  const name = `output${/\.[a-z0-9]+$/i.exec(output)?.[0] ?? '.mp4'}`;
  const args = [
    ...['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(rate)],
    ...['-i', 'frames.rgb', '-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-pix_fmt', 'yuv420p'],
    ...['-g', String(gop), '-crf', String(crf), name],
  ];
  await runFfmpeg(args, { inputs: { 'frames.rgb': data }, outputs: { [name]: output }, timeoutMs });
}
