import { decodeRgb } from '../decoders/pictures-to-rgb.js';
import { ProgramDecoder } from '../decoders/program-decoder.js';
import { readPacketTable } from '../mp4/packet-table.js';
import type { OpenVideoOptions } from '../open-video.js';
import { statusFailure } from '../sources/http-status.js';
import { requireWholeFile } from '../sources/whole-file.js';
import { secondsAt, type Video, videoInfo, wholeIndices } from '../video.js';
import { VideoError } from '../video-error.js';
import { withBlobBytes } from './blob-source.js';
import { BrowserProgram } from './browser-program.js';

let opened = 0;

/**
 * Opens a video in a browser: a `File` or `Blob` the user gave, or an address to fetch. As in Node, frames are found
 * by presentation index and equal those of every other decoder; decoding happens in a worker. `options.ffmpeg` says
 * where ffmpeg.wasm is served from: it is never bundled (it is under the GPL) and never fetched unasked.
 * @throws VideoError naming the file or address and FFmpeg's reason
 */
export async function openVideo(source: string | URL | Blob, options: OpenVideoOptions = {}): Promise<Video> {
  const { timeoutMs = 60_000, rotate = true, ffmpeg } = options;
  if (!ffmpeg?.coreURL || !ffmpeg.wasmURL) {
    throw new TypeError("openVideo needs { ffmpeg: { coreURL, wasmURL } }: the addresses of @ffmpeg/core's two files");
  }
  const path = nameOf(source);
  const blob = source instanceof Blob ? source : await fetchBlob(path);
  if (blob.size === 0) throw new VideoError('empty', path, 'the file has 0 bytes');
  const table = await withBlobBytes(blob, (file) => {
    requireWholeFile(file, path);
    return readPacketTable(file, path);
  });
  const files = new Map([[path, blob]]);
  const decoder = new ProgramDecoder(new BrowserProgram(ffmpeg, files), () => table);
  let index = await decoder.index(path, timeoutMs).catch(async (error: unknown) => {
    await decoder.close();
    throw error;
  });
  return {
    info: videoInfo(path, index, 'wasm', rotate),
    async decode(indices) {
      const whole = wholeIndices(indices, path);
      const { frames, seekFailed } = await decodeRgb(decoder, path, index, whole, { rotate, timeoutMs });
      if (seekFailed) index = { ...index, linear: true };
      return frames;
    },
    secondsAt: (frame) => secondsAt(index, frame),
    async close() {
      files.clear();
      await decoder.close();
    },
  };
}

function nameOf(source: Blob | string | URL): string {
  if (!(source instanceof Blob)) return String(source);
  return source instanceof File ? source.name : `blob ${++opened}`;
}

async function fetchBlob(address: string): Promise<Blob> {
  const response = await fetch(address).catch((error: Error) => {
    throw new VideoError('unavailable', address, error.message);
  });
  if (response.ok) {
    return response.blob().catch((error: Error) => {
      throw new VideoError('unavailable', address, `the connection broke: ${error.message}`);
    });
  }
  const failure = statusFailure(response);
  throw new VideoError(failure.code, address, failure.reason, failure);
}
