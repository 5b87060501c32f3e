import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { noise } from '@vjepa/test-kit/fake-archives';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from './http-download.js';

const CONTENT = noise(200_000);
let server: Server;
let folder: string;
let requests: { range?: string | undefined; ifRange?: string | undefined }[];

/** Ends the answer that is under way, as a lost connection does. */
let breakOff: () => void = () => {};

/** A server of one file that can be taken up, and whose first answers stop after some bytes. */
async function serve(stops: number[], content: () => Buffer = () => CONTENT, etag: () => string = () => '"one"') {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { range, 'if-range': ifRange } = request.headers as Record<string, string | undefined>;
    requests.push({ range, ifRange });
    const start = range && ifRange === etag() ? Number(/bytes=(\d+)-/.exec(range)![1]) : 0;
    const body = content().subarray(start);
    const headers: Record<string, string | number> = { ETag: etag(), 'Content-Length': body.length };
    if (start > 0) headers['Content-Range'] = `bytes ${start}-${content().length - 1}/${content().length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    const limit = stops.shift();
    breakOff = () => response.destroy();
    if (limit === undefined) response.end(body);
    else response.write(body.subarray(0, limit));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/library.tar.gz`;
}

beforeEach(() => {
  folder = temporaryFolder('http');
  requests = [];
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

describe('a download', () => {
  it('is taken up where the connection broke', async () => {
    const url = await serve([80_000, 50_000]);
    const seen: number[] = [];
    const path = await downloadFile(url, folder, ({ bytes, totalBytes }) => {
      seen.push(bytes);
      expect(totalBytes).toBe(CONTENT.length);
      // Once what has come is in the file.
      if (bytes === 80_000 || bytes === 130_000) setTimeout(breakOff, 200);
    });
    expect(path).toBe(join(folder, 'library.tar.gz'));
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(requests).toEqual([
      {},
      { range: 'bytes=80000-', ifRange: '"one"' },
      { range: 'bytes=130000-', ifRange: '"one"' },
    ]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('is taken up by the next process, but never joined with another file', async () => {
    writeFileSync(join(folder, 'library.tar.gz.part'), Buffer.alloc(1000, 1));
    writeFileSync(join(folder, 'library.tar.gz.part.validator'), '"older"');
    const url = await serve([]);
    expect(readFileSync(await downloadFile(url, folder, () => {})).equals(CONTENT)).toBe(true);
    expect(requests).toEqual([{ range: 'bytes=1000-', ifRange: '"older"' }]);
  });

  it('says at once that a server has not got the file', async () => {
    server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.tar.gz`;
    await expect(downloadFile(url, folder, () => {})).rejects.toThrow(`${url} could not be downloaded: HTTP 404`);
  });

  it('gives up on a server that falls silent', async () => {
    server = createServer((_, response) => void response.writeHead(200, { 'Content-Length': 10 }).write('abc'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.tar.gz`;
    await expect(downloadFile(url, folder, () => {}, { stallMs: 200, retries: 1 })).rejects.toThrow('nothing came for');
    server.closeAllConnections();
  });
});
