import { parentPort, workerData } from 'node:worker_threads';
import { createDecoder } from './decoders/create-decoder.js';
import { decodeRgb } from './decoders/pictures-to-rgb.js';
import { isImageTransform } from './loader/clip-transform.js';
import { makeClip, makeImageClip } from './loader/make-clip.js';
import type { PacketIndex } from './packet-index.js';
import { RecentMap } from './recent-map.js';
import type { ReplyMessage, RequestMessage, ThreadCalls, ThreadRequest, ThreadSettings } from './threads/messages.js';
import { VideoError } from './video-error.js';
import { runFfmpegFiles } from './wasm/ffmpeg-files.js';

/** The thread behind every decode, encode and clip: answers one request at a time. */
const settings = workerData as ThreadSettings;
const port = parentPort;
if (!port) throw new Error('decode-worker.js runs as a worker thread only');
const decoder = createDecoder(settings);
// Its failure is the answer to each request, not a reason for the thread to die.
decoder.catch(() => {});

/** Indexes of the files this thread met last (a few KB each). */
const indexes = new RecentMap<string, PacketIndex>(4096);

async function indexOf(path: string, timeoutMs: number): Promise<PacketIndex> {
  const known = indexes.get(path);
  if (known) return known;
  const index = await (await decoder).index(path, timeoutMs);
  indexes.set(path, index);
  return index;
}

type Answer = { reply: ThreadCalls[keyof ThreadCalls]['reply']; transfer?: ArrayBuffer[] };

async function answer(request: ThreadRequest): Promise<Answer> {
  switch (request.kind) {
    case 'ready':
      return { reply: (await decoder).name };
    case 'index':
      return { reply: await (await decoder).index(request.path, request.timeoutMs) };
    case 'decode': {
      const { path, index, indices } = request;
      const frames = await decodeRgb(await decoder, path, index, indices, request);
      return { reply: frames, transfer: [frames.data.buffer as ArrayBuffer] };
    }
    case 'clip': {
      if (isImageTransform(request.transform)) return { reply: await makeImageClip(request) };
      const index = await indexOf(request.path, request.timeoutMs);
      return { reply: await makeClip(await decoder, index, request) };
    }
    case 'ffmpeg':
      return { reply: await runFfmpegFiles(settings, request) };
  }
}

function pathOf(request: ThreadRequest): string {
  if (request.kind === 'ready') return settings.decoder;
  return request.kind === 'ffmpeg' ? (Object.values(request.outputs)[0] ?? 'ffmpeg') : request.path;
}

port.on('message', ({ id, request }: RequestMessage) => {
  answer(request).then(
    ({ reply, transfer }) => port.postMessage({ id, reply } satisfies ReplyMessage, transfer ?? []),
    (error: unknown) =>
      port.postMessage({ id, error: VideoError.from(error, pathOf(request)).toRecord() } satisfies ReplyMessage),
  );
});
