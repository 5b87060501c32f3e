import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openSource } from './open-source.js';
import type { SourceFile } from './source-file.js';
import { plainName } from './source-location.js';

/** Bytes read and sent at a time. */
const CHUNK_BYTES = 1 << 18;

/** A source as an address on this machine, for a program that can only read those. */
export interface ServedSource {
  address: string;
  close(): void;
}

/**
 * Serves one source on the loopback interface, in this thread: what the program reads comes through this package's
 * reads and their checks. A read that fails breaks the connection; the failure is kept as the work's own.
 * @throws VideoError what opening the source throws
 */
export async function serveSource(path: string): Promise<ServedSource> {
  const file = openSource(path);
  const server = createServer((request, response) => {
    const [first, last] = requestedRange(request.headers.range, file.size());
    if (first > last) return void response.writeHead(416, { 'content-range': `bytes */${file.size()}` }).end();
    const headers = { 'content-length': last + 1 - first, 'accept-ranges': 'bytes' };
    const range = { 'content-range': `bytes ${first}-${last}/${file.size()}` };
    response.writeHead(request.headers.range ? 206 : 200, request.headers.range ? { ...headers, ...range } : headers);
    send(file, response, first, last);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/${plainName(path)}`,
    close() {
      server.close();
      server.closeAllConnections();
      file.close();
    },
  };
}

/** First and last byte of a `Range` header; the whole file without one. */
function requestedRange(header: string | undefined, size: number): [first: number, last: number] {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? 'bytes=0-');
  const first = Number(match?.[1] ?? 0);
  return [first, match?.[2] ? Math.min(Number(match[2]), size - 1) : size - 1];
}

/** Sends bytes as fast as they are taken: FFmpeg leaves in the middle whenever it seeks. */
function send(file: SourceFile, response: ServerResponse, first: number, last: number): void {
  let at = first;
  const next = () => {
    try {
      while (at <= last && !response.destroyed) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, last + 1 - at));
        const read = file.read(chunk, 0, chunk.length, at);
        if (read === 0) return void response.destroy();
        at += read;
        if (!response.write(chunk.subarray(0, read))) return void response.once('drain', next);
      }
      response.end();
    } catch {
      // Noted where it happened.
      response.destroy();
    }
  };
  next();
}
