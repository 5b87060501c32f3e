import { refusedFormat, refusedFormatIn } from '../containers.js';
import { failureReason } from '../ffmpeg-log.js';
import { VideoError } from '../video-error.js';

/** Why FFmpeg could not open a file or find a picture track in it, from its log. */
export function openFailure(log: string[], internalName: string, path: string): VideoError {
  const refused = refusedFormatIn(log);
  if (refused) return new VideoError('not-a-video', path, refusedFormat(refused));
  const text = log.join('\n');
  const reason = failureReason(log, internalName, path);
  if (/matches no streams|does not contain any stream/.test(text) && /^Input #0/m.test(text)) {
    return new VideoError('no-video-stream', path, `no video stream among the streams of the file: ${reason}`);
  }
  if (/misdetection possible/.test(text)) return new VideoError('not-a-video', path, reason);
  if (/moov atom not found|partial file|File ended prematurely/.test(text)) {
    return new VideoError('truncated', path, reason);
  }
  return new VideoError('not-a-video', path, reason);
}

/** The error for a file that opens but cannot be read to its end, if the log says so. */
export function readFailure(log: string[], internalName: string, path: string): VideoError | undefined {
  const broken = (line: string) =>
    /partial file|File ended prematurely|Error during demuxing/.test(line) || line.startsWith(`${internalName}: `);
  const lines = log.filter(broken);
  return lines.length > 0 ? new VideoError('truncated', path, failureReason(lines, internalName, path)) : undefined;
}

/** Why FFmpeg could not decode a stream it had opened. */
export function streamFailure(log: string[], internalName: string, path: string): VideoError {
  return new VideoError('decode-failed', path, failureReason(log, internalName, path));
}
