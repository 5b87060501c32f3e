import { refusedFormat, refusedFormatIn } from '../containers.js';
import { failureReason } from '../ffmpeg-log.js';
import { VideoError } from '../video-error.js';

/** Why FFmpeg could not open a file. */
export function openFailure(log: string[], internalName: string, path: string): VideoError {
  const refused = refusedFormatIn(log);
  const reason = refused ? refusedFormat(refused) : failureReason(log, internalName, path);
  return new VideoError('not-a-video', path, reason);
}

/** Why FFmpeg could not decode a stream it had opened. */
export function streamFailure(log: string[], internalName: string, path: string): VideoError {
  return new VideoError('decode-failed', path, failureReason(log, internalName, path));
}
