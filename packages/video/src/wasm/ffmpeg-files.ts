import { renameSync, rmSync } from 'node:fs';
import { failureReason } from '../ffmpeg-log.js';
import { openSource } from '../sources/open-source.js';
import { requireReads } from '../sources/source-work.js';
import type { FfmpegRequest, ThreadSettings } from '../threads/messages.js';
import { VideoError } from '../video-error.js';
import { FfmpegInstance } from './ffmpeg-instance.js';
import { memoryFile, type VirtualFile, writableDiskFile } from './virtual-files.js';

/**
 * One run of ffmpeg.wasm over files on disk, in an instance of its own: options such as `-vsync`, `-copyts` and `-v`
 * outlive a run. Outputs appear under their names only when the run succeeded.
 */
export async function runFfmpegFiles(settings: ThreadSettings, request: FfmpegRequest): Promise<{ log: string[] }> {
  if (!settings.module) throw new Error('this thread was started without ffmpeg.wasm');
  const instance = new FfmpegInstance(settings.module);
  const outputs = Object.entries(request.outputs).map(([name, path]) => ({ name, path, partial: `${path}.partial` }));
  const subject = outputs[0]?.path ?? 'ffmpeg';
  try {
    const files: Record<string, VirtualFile> = {};
    for (const [name, input] of Object.entries(request.inputs)) {
      files[name] = typeof input === 'string' ? openSource(input) : memoryFile(input);
    }
    for (const { name, partial } of outputs) files[name] = writableDiskFile(partial);
    const run = await instance.run(request.args, files, request.timeoutMs);
    if (run.timedOut) throw new VideoError('timeout', subject, `FFmpeg did not finish within ${request.timeoutMs} ms`);
    if (run.exitCode !== 0) throw new VideoError('decode-failed', subject, failureReason(run.log, '', ''));
    requireReads();
    for (const { partial, path } of outputs) renameSync(partial, path);
    return { log: run.log };
  } finally {
    for (const { partial } of outputs) rmSync(partial, { force: true });
  }
}
