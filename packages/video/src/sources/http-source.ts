import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { RecentMap } from '../recent-map.js';
import { VideoError } from '../video-error.js';
import { workerOptions, workerUrl } from '../worker-url.js';
import type { HttpFile, RangeReply, RangeRequest } from './fetch-range.js';
import type { SourceFile } from './source-file.js';
import { remainingMs } from './source-work.js';

/** Bytes fetched at a time. */
const BLOCK_BYTES = 1 << 18;
/** Blocks kept in each thread: 16 MB. */
const BLOCKS = 64;
/** How much longer than a request's own limit its answer is waited for. */
const GRACE_MS = 2000;

export interface HttpRequest extends RangeRequest {
  /** Set to 1 and notified when the reply is in the port. */
  ready: SharedArrayBuffer;
}

/** The helper thread: it fetches while this one, in the middle of a decoder's read, waits. */
let helper: { worker: Worker; port: MessagePort } | undefined;
const known = new RecentMap<string, HttpFile>(4096);
const blocks = new RecentMap<string, Uint8Array>(BLOCKS);

/**
 * A file behind http(s), read by range requests in blocks that stay in memory for a while.
 * @throws VideoError `missing` (404, 410), `unavailable` (failures that pass), `unreadable` (other answers that are
 *   not a success, or not to be trusted), `timeout`
 */
export function openHttpSource(path: string, url: string): SourceFile {
  const fetchBlock = (number: number, file?: HttpFile): { file: HttpFile; bytes: Uint8Array } => {
    const first = number * BLOCK_BYTES;
    const reply = ask(path, { url, first, last: first + BLOCK_BYTES - 1, file, timeoutMs: remainingMs(path) });
    if ('error' in reply) {
      if (reply.changed) known.delete(url);
      throw new VideoError(reply.error.code, path, reply.error.reason, reply.error);
    }
    blocks.set(blockKey(url, reply.file, number), reply.bytes);
    return reply;
  };
  const file = known.get(url) ?? fetchBlock(0).file;
  known.set(url, file);
  const { size, version } = file;
  const block = (number: number) => blocks.get(blockKey(url, file, number)) ?? fetchBlock(number, file).bytes;
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

function blockKey(url: string, { size, version }: HttpFile, number: number): string {
  return `${size}\0${version}\0${url}\0${number}`;
}

/** Asks the helper thread and waits, blocking this one. */
function ask(path: string, request: RangeRequest): RangeReply {
  helper ??= startFetching();
  const ready = new SharedArrayBuffer(4);
  helper.port.postMessage({ ...request, ready } satisfies HttpRequest);
  if (Atomics.wait(new Int32Array(ready), 0, 0, request.timeoutMs + GRACE_MS) === 'timed-out') {
    void helper.worker.terminate();
    helper = undefined;
    throw new VideoError('unavailable', path, `no answer from the server within ${Math.round(request.timeoutMs)} ms`);
  }
  return receiveMessageOnPort(helper.port)?.message as RangeReply;
}

function startFetching(): { worker: Worker; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(workerUrl('fetch-worker'), { ...workerOptions, workerData: port2, transferList: [port2] });
  worker.unref();
  port1.unref();
  return { worker, port: port1 };
}
