import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { RecentMap } from '../recent-map.js';
import { VideoError, type VideoErrorCode } from '../video-error.js';
import { workerUrl } from '../worker-url.js';
import type { SourceFile } from './source-file.js';

/** Bytes fetched at a time. */
const BLOCK_BYTES = 1 << 18;
/** Blocks kept in each thread: 16 MB. */
const BLOCKS = 64;
const TIMEOUT_MS = 60_000;

/** What the fetching thread answers: the size and version of a file, or a block of it. */
export type HttpReply =
  | { size: number; version: string }
  | { bytes: Uint8Array }
  | { error: { code: VideoErrorCode; reason: string } };

export interface HttpRequest {
  url: string;
  /** First and last byte; absent: ask for size and version. */
  range?: [number, number];
  /** Set to 1 and notified when the reply is in the port. */
  ready: SharedArrayBuffer;
}

/** The helper thread: it fetches while this one, in the middle of a decoder's read, waits. */
let port: MessagePort | undefined;
const known = new RecentMap<string, { size: number; version: string }>(4096);
const blocks = new RecentMap<string, Uint8Array>(BLOCKS);

/**
 * A file behind http(s), read by range requests in blocks that stay in memory for a while.
 * @throws VideoError `missing` (404, 410), `unreadable` (anything else that is not a success), `timeout`
 */
export function openHttpSource(path: string, url: string): SourceFile {
  let file = known.get(url);
  if (!file) {
    const reply = ask(path, { url });
    if (!('size' in reply)) throw new VideoError('unreadable', path, 'no size in the answer');
    file = reply;
    known.set(url, file);
  }
  const { size, version } = file;
  const block = (number: number): Uint8Array => {
    const key = `${version}\0${url}\0${number}`;
    let bytes = blocks.get(key);
    if (!bytes) {
      const start = number * BLOCK_BYTES;
      const reply = ask(path, { url, range: [start, Math.min(size, start + BLOCK_BYTES) - 1] });
      if (!('bytes' in reply)) throw new VideoError('unreadable', path, 'no bytes in the answer');
      bytes = reply.bytes;
      blocks.set(key, bytes);
    }
    return bytes;
  };
  return {
    size: () => size,
    read(target, offset, length, position) {
      if (position >= size) return 0;
      const bytes = block(Math.floor(position / BLOCK_BYTES));
      const part = bytes.subarray(position % BLOCK_BYTES).subarray(0, length);
      target.set(part, offset);
      return part.length;
    },
    version: () => `${url}\0${size}\0${version}`,
    close() {},
  };
}

/** Asks the helper thread and waits, blocking this one. */
function ask(path: string, request: Omit<HttpRequest, 'ready'>): Exclude<HttpReply, { error: unknown }> {
  port ??= startFetching();
  const ready = new SharedArrayBuffer(4);
  port.postMessage({ ...request, ready } satisfies HttpRequest);
  if (Atomics.wait(new Int32Array(ready), 0, 0, TIMEOUT_MS) === 'timed-out') {
    port = undefined;
    throw new VideoError('timeout', path, `no answer from the server within ${TIMEOUT_MS} ms`);
  }
  const reply = receiveMessageOnPort(port)?.message as HttpReply;
  if ('error' in reply) throw new VideoError(reply.error.code, path, reply.error.reason);
  return reply;
}

function startFetching(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(workerUrl('fetch-worker'), { workerData: port2, transferList: [port2] });
  worker.unref();
  port1.unref();
  return port1;
}
