/** What went wrong with a video file, in a form a program can act on. */
export type VideoErrorCode =
  /** No such file. */
  | 'missing'
  /** The file is there but cannot be read: permissions, a folder, a server that refuses. */
  | 'unreadable'
  /**
   * The file cannot be reached just now: its server, the network or the disk fails, or the machine is out of files or
   * memory. It may well be good.
   */
  | 'unavailable'
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
  /** The video is shorter than a clip, and short ones are refused. */
  | 'too-short'
  /** The video has fewer frames a second than a clip is to show (`clipRate`). */
  | 'too-slow'
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
  /** The video or loader was closed before the work was done, or the file replaced since it was opened. */
  | 'closed';

/**
 * The failures that say nothing about the file: tried again, it may be read. They are not to be remembered as the
 * file's, in a list, a cache or a verdict.
 */
const PASSING: ReadonlySet<VideoErrorCode> = new Set([
  'unavailable',
  'timeout',
  'crashed',
  'decoder-unavailable',
  'closed',
]);

/** What an operating system, a network or a resolver says when it is in trouble itself. */
const PASSING_ERRNO: ReadonlySet<string> = new Set([
  ...['EIO', 'ESTALE', 'EREMOTEIO', 'ENOLINK', 'EMFILE', 'ENFILE', 'EAGAIN', 'EWOULDBLOCK', 'ENOMEM', 'ENOBUFS'],
  ...['EBUSY', 'EINTR', 'EDEADLK', 'ETIMEDOUT', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EHOSTUNREACH'],
  ...['EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET', 'ENOTCONN', 'EPIPE', 'EAI_AGAIN', 'EAI_FAIL', 'ENOTFOUND'],
]);

/** The plain form in which a `VideoError` travels between threads. */
export interface VideoErrorRecord {
  code: VideoErrorCode;
  path: string;
  reason: string;
  retryAfterMs?: number | undefined;
}

/** Every failure of this package that concerns one file: names the file and, where FFmpeg gave one, FFmpeg's own reason. */
export class VideoError extends Error {
  override readonly name = 'VideoError';
  readonly code: VideoErrorCode;
  readonly path: string;
  readonly reason: string;
  /** How long the server asks to be left alone, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: VideoErrorCode, path: string, reason: string, options: { retryAfterMs?: number | undefined } = {}) {
    super(`${path}: ${reason} (${code})`);
    this.code = code;
    this.path = path;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the failure says nothing about the file: tried again, it may be read. */
  get passing(): boolean {
    return PASSING.has(this.code);
  }

  toRecord(): VideoErrorRecord {
    return { code: this.code, path: this.path, reason: this.reason, retryAfterMs: this.retryAfterMs };
  }

  static fromRecord({ code, path, reason, retryAfterMs }: VideoErrorRecord): VideoError {
    return new VideoError(code, path, reason, { retryAfterMs });
  }

  /**
   * Any thrown value as a `VideoError` about `path`; a `VideoError` is returned as it is. What the operating system
   * says when it is in trouble itself (a failing disk, no more open files or memory) is `unavailable`, whatever `code`.
   */
  static from(error: unknown, path: string, code: VideoErrorCode = 'decode-failed'): VideoError {
    if (error instanceof VideoError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new VideoError(isPassingErrno(error) ? 'unavailable' : code, path, reason);
  }
}

/** Whether an error of Node's, or the cause of one, is the system's own trouble. */
function isPassingErrno(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && PASSING_ERRNO.has(cause.code)) return true;
  }
  return false;
}
