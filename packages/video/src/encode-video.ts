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
export async function encodeVideo({ timeoutMs, ...video }: EncodeVideoOptions): Promise<void> {
  await encodeVideos([video], { timeoutMs });
}

/**
 * Encodes several videos in one run of FFmpeg, each to the bytes that {@link encodeVideo} writes. Small ones are ready about
 * twice as early as one by one (16 frames of 48 x 48: 25 ms each instead of 45 to 60), since starting FFmpeg takes half of the time.
 *
 * @param timeoutMs for all of them; default 120,000
 * @throws as {@link encodeVideo}; no file is then written
 */
export async function encodeVideos(
  videos: readonly Omit<EncodeVideoOptions, 'timeoutMs'>[],
  { timeoutMs = 120_000 }: Pick<EncodeVideoOptions, 'timeoutMs'> = {},
): Promise<void> {
  if (videos.length === 0) return;
  const inputs: Record<string, Uint8Array> = {};
  const outputs: Record<string, string> = {};
  const [reading, writing]: [string[], string[]] = [['-v', 'error'], []];
  for (const [index, { frames, rate, output, gop = 12, crf = 18 }] of videos.entries()) {
    requireEncodable(frames);
    const [input, name] = [`frames-${index}.rgb`, `output-${index}${/\.[a-z0-9]+$/i.exec(output)?.[0] ?? '.mp4'}`];
    inputs[input] = frames.data;
    outputs[name] = output;
    const size = `${frames.width}x${frames.height}`;
    reading.push('-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', size, '-r', String(rate), '-i', input);
    writing.push(
      '-map',
      String(index),
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-threads',
      '1',
      '-pix_fmt',
      'yuv420p',
    );
    writing.push('-g', String(gop), '-crf', String(crf), name);
  }
  await runFfmpeg([...reading, ...writing], { inputs, outputs, timeoutMs });
}

function requireEncodable({ data, frames, height, width }: RgbFrames): void {
  const expected = frames * height * width * 3;
  if (data.length !== expected || frames === 0) {
    throw new RangeError(
      `frames hold ${data.length} bytes, expected ${expected} for [${frames}, ${height}, ${width}, 3] with at least one frame`,
    );
  }
  if (height % 2 || width % 2) {
    throw new RangeError(`frames are ${width}x${height}; H.264 with 4:2:0 colour needs even sides: crop or pad by one`);
  }
}
