import { parentPort, workerData } from 'node:worker_threads';
import { createDecoder } from './decoders/create-decoder.js';
import { decodeRgb } from './decoders/pictures-to-rgb.js';
import { frameFolder } from './images/frame-folder.js';
import { IndexStore } from './index-cache/index-store.js';
import { isImageTransform } from './loader/clip-transform.js';
import { makeClip, makeFrameFolderClip, makeImageClip, makeStillClip } from './loader/make-clip.js';
import { openSource } from './sources/open-source.js';
import { workOnSources } from './sources/source-work.js';
import { writeCopy } from './sources/write-copy.js';
import { type TarVideo, tarVideos } from './tar/tar-videos.js';
import type {
  IndexRequest,
  ReplyMessage,
  RequestMessage,
  StartedMessage,
  ThreadCalls,
  ThreadRequest,
  ThreadSettings,
} from './threads/messages.js';
import { VideoError } from './video-error.js';
import { runFfmpegFiles } from './wasm/ffmpeg-files.js';

/** The thread behind every decode, encode and clip: answers one request at a time. */
const settings = workerData as ThreadSettings;
const port = parentPort;
if (!port) throw new Error('decode-worker.js runs as a worker thread only');
const decoder = createDecoder(settings);
// Its failure is the answer to each request, not a reason for the thread to die.
decoder.catch(() => {}).finally(() => port.postMessage({ started: true } satisfies StartedMessage));

const indexes = decoder.then((ready) => new IndexStore(ready));
indexes.catch(() => {});

/** What a picture's name ends in. */
const PICTURE = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;

type Answer = { reply: ThreadCalls[keyof ThreadCalls]['reply']; transfer?: ArrayBuffer[] };

async function answer(request: ThreadRequest): Promise<Answer> {
  switch (request.kind) {
    case 'ready':
      return { reply: (await decoder).name };
    case 'index':
      return { reply: await indexOf(request) };
    case 'decode': {
      const { path, index, indices, indexCache } = request;
      requireVersion(path, request.version);
      const { frames, seekFailed } = await decodeRgb(await decoder, path, index, indices, request);
      const newIndex = seekFailed ? (await indexes).setLinear(path, indexCache, index) : index;
      return { reply: { frames, index: newIndex }, transfer: [frames.data.buffer as ArrayBuffer] };
    }
    case 'clip': {
      if (isImageTransform(request.transform)) return { reply: await makeImageClip(request) };
      const { path, indexCache, timeoutMs, stills } = request;
      if (stills && PICTURE.test(path)) return { reply: await makeStillClip(request) };
      const folder = frameFolder(path);
      if (folder) return { reply: await makeFrameFolderClip(folder, request) };
      const started = performance.now();
      const index = await (await indexes).get(path, indexCache, timeoutMs);
      const indexMs = performance.now() - started;
      const remaining = Math.max(1, timeoutMs - indexMs);
      const { reply, seekFailed } = await makeClip(await decoder, index, { ...request, timeoutMs: remaining });
      if (seekFailed) (await indexes).setLinear(path, indexCache, index);
      return { reply: { ...reply, milliseconds: { index: indexMs, ...reply.milliseconds } } };
    }
    case 'tar':
      return { reply: listTar(request.path) };
    case 'copy':
      return { reply: writeCopy(request.path, request.output) };
    case 'version':
      return { reply: frameFolder(request.path)?.version ?? versionOf(request.path) };
    case 'ffmpeg':
      return { reply: await runFfmpegFiles(settings, request) };
  }
}

function listTar(path: string): TarVideo[] {
  const file = openSource(path);
  try {
    return tarVideos(file, path);
  } finally {
    file.close();
  }
}

async function indexOf({ path, indexCache, timeoutMs }: IndexRequest) {
  const version = versionOf(path);
  const index = await (await indexes).get(path, indexCache, timeoutMs);
  requireVersion(path, version);
  return { index, version };
}

/** An index of other contents would give other frames, without an error. */
function requireVersion(path: string, version: string): void {
  if (versionOf(path) === version) return;
  throw new VideoError('closed', path, 'the file was replaced since it was opened: open it again');
}

function versionOf(path: string): string {
  const file = openSource(path);
  try {
    return file.version();
  } finally {
    file.close();
  }
}

function pathOf(request: ThreadRequest): string {
  if (request.kind === 'ready') return settings.decoder;
  return request.kind === 'ffmpeg' ? (Object.values(request.outputs)[0] ?? 'ffmpeg') : request.path;
}

port.on('message', ({ id, request }: RequestMessage) => {
  workOnSources(request.timeoutMs, () => answer(request)).then(
    ({ reply, transfer }) => port.postMessage({ id, reply } satisfies ReplyMessage, transfer ?? []),
    (error: unknown) =>
      port.postMessage({ id, error: VideoError.from(error, pathOf(request)).toRecord() } satisfies ReplyMessage),
  );
});
