import { sharedPool } from './threads/shared-pools.js';

/** What {@link runFfmpeg} runs. */
export interface RunFfmpegOptions {
  /** File names used in `args` → files on disk to read, or bytes. */
  inputs?: Record<string, string | Uint8Array> | undefined;
  /** File names used in `args` → files on disk to write; each appears only when the run succeeds. */
  outputs?: Record<string, string> | undefined;
  /** Default 120,000. */
  timeoutMs?: number | undefined;
}

/**
 * Runs ffmpeg.wasm (FFmpeg 5.1) in a worker thread: `args` are FFmpeg's own, and name only the files given as `inputs`
 * and `outputs`; `inputArguments` opens an input that nobody vouches for. Several runs go on in parallel, up to the number of CPU cores. It encodes h264 and mpeg4; it lists
 * libx265, which hangs, and libvpx-vp9, which reads out of bounds.
 *
 * @example await runFfmpeg(['-f', 'lavfi', '-i', 'testsrc=d=1', 'a.mp4'], { outputs: { 'a.mp4': '/data/a.mp4' } })
 * @returns the lines FFmpeg wrote to standard error
 * @throws VideoError naming the first output, with FFmpeg's reason
 */
export async function runFfmpeg(args: string[], options: RunFfmpegOptions = {}): Promise<{ log: string[] }> {
  const { inputs = {}, outputs = {}, timeoutMs = 120_000 } = options;
  const subject = Object.values(outputs)[0] ?? 'ffmpeg';
  return sharedPool('wasm').call({ kind: 'ffmpeg', args, inputs, outputs, timeoutMs }, subject);
}
