import type { DecoderName } from '../decoders/decoder.js';
import type { ClipReply, ClipRequest } from '../loader/clip-request.js';
import type { PacketIndex } from '../packet-index.js';
import type { RgbFrames } from '../rgb-frames.js';
import type { TarVideo } from '../tar/tar-videos.js';
import type { VideoErrorRecord } from '../video-error.js';
import type { CompiledFfmpeg } from '../wasm/core-module.js';

/** What a decode thread is started with. */
export interface ThreadSettings {
  decoder: DecoderName;
  /** The compiled ffmpeg.wasm, shared by all threads; absent where this thread never needs it. */
  module: CompiledFfmpeg | undefined;
  /** Count decoded frames where that costs something. */
  countFrames?: boolean | undefined;
}

/** Answered once the thread's decoder is ready. */
interface ReadyRequest {
  kind: 'ready';
  timeoutMs: number;
}

export interface IndexRequest {
  kind: 'index';
  path: string;
  /** Where packet indexes are kept; undefined: nowhere. */
  indexCache: string | undefined;
  timeoutMs: number;
}

interface DecodeRequest {
  kind: 'decode';
  path: string;
  index: PacketIndex;
  /** The version of the file that the index describes. */
  version: string;
  indexCache: string | undefined;
  indices: Int32Array;
  rotate: boolean;
  timeoutMs: number;
}

export interface FfmpegRequest {
  kind: 'ffmpeg';
  args: string[];
  /** Name inside FFmpeg to a path on disk, or bytes. */
  inputs: Record<string, string | Uint8Array>;
  /** Name inside FFmpeg to a path on disk. */
  outputs: Record<string, string>;
  timeoutMs: number;
}

interface TarRequest {
  kind: 'tar';
  path: string;
  timeoutMs: number;
}

interface CopyRequest {
  kind: 'copy';
  path: string;
  output: string;
  timeoutMs: number;
}

interface VersionRequest {
  kind: 'version';
  path: string;
  timeoutMs: number;
}

/** Every request a decode thread answers, and what it answers with. */
export interface ThreadCalls {
  ready: { request: ReadyRequest; reply: DecoderName };
  index: { request: IndexRequest; reply: { index: PacketIndex; version: string } };
  /** The reply's index replaces the request's: it may have become linear. */
  decode: { request: DecodeRequest; reply: { frames: RgbFrames; index: PacketIndex } };
  ffmpeg: { request: FfmpegRequest; reply: { log: string[] } };
  clip: { request: ClipRequest; reply: ClipReply };
  copy: { request: CopyRequest; reply: number };
  version: { request: VersionRequest; reply: string };
  tar: { request: TarRequest; reply: TarVideo[] };
}

export type ThreadRequest = ThreadCalls[keyof ThreadCalls]['request'];
export type ReplyTo<R extends ThreadRequest> = ThreadCalls[R['kind']]['reply'];

export interface RequestMessage {
  id: number;
  request: ThreadRequest;
}

export type ReplyMessage = { id: number; reply: unknown } | { id: number; error: VideoErrorRecord };

/** Said once, before any reply: the decoder has been loaded, or has failed to. */
export interface StartedMessage {
  started: true;
}
