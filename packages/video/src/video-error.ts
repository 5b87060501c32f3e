/** What went wrong with a video file, in a form a program can act on. */
export type VideoErrorCode =
  /** No such file. */
  | 'missing'
  /** The file is there but cannot be read: permissions, a folder, a broken disk. */
  | 'unreadable'
  /** The file has no bytes. */
  | 'empty'
  /** No demuxer recognises the bytes, or what it finds is damaged beyond reading. */
  | 'not-a-video'
  /** The file is a media file without a picture track. */
  | 'no-video-stream'
  /** The file ends before its own tables say it should. */
  | 'truncated'
  /** There is a video stream, and not one frame in it. */
  | 'zero-frames'
  /** This decoder cannot read this codec; the reason says which one can. */
  | 'unsupported-codec'
  /** A frame index outside the video was asked for. */
  | 'index-out-of-range'
  /** The file opens, but the frames asked for do not decode. */
  | 'decode-failed'
  /** The time limit passed. */
  | 'timeout'
  /** The decoder's thread died; it was replaced. */
  | 'crashed'
  /** The decoder asked for is not installed. */
  | 'decoder-unavailable'
  /** The video or loader was closed before the work was done. */
  | 'closed';

/** The plain form in which a `VideoError` travels between threads. */
export interface VideoErrorRecord {
  code: VideoErrorCode;
  path: string;
  reason: string;
}

/** Every failure of this package that concerns one file: names the file and, where FFmpeg gave one, FFmpeg's own reason. */
export class VideoError extends Error {
  override readonly name = 'VideoError';
  readonly code: VideoErrorCode;
  readonly path: string;
  readonly reason: string;

  constructor(code: VideoErrorCode, path: string, reason: string) {
    super(`${path}: ${reason} (${code})`);
    this.code = code;
    this.path = path;
    this.reason = reason;
  }

  toRecord(): VideoErrorRecord {
    return { code: this.code, path: this.path, reason: this.reason };
  }

  static fromRecord(record: VideoErrorRecord): VideoError {
    return new VideoError(record.code, record.path, record.reason);
  }

  /** Any thrown value as a `VideoError` about `path`; a `VideoError` is returned as it is. */
  static from(error: unknown, path: string, code: VideoErrorCode = 'decode-failed'): VideoError {
    if (error instanceof VideoError) return error;
    return new VideoError(code, path, error instanceof Error ? error.message : String(error));
  }
}
