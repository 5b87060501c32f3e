import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchRange, type RangeRequest } from './fetch-range.js';

const content = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7919 + (i >> 5)) & 255));
const whole = { first: 0, last: 16_383 };

/** How the server answers the n-th request (from 1) for a range. */
type Answer = (response: ServerResponse, first: number, last: number, n: number) => void;

let server: Server;
let answer: Answer;
let asked: IncomingMessage[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.map(Number);
    answer(response, first!, Math.min(last!, content.length - 1), asked.length);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const read = (options: Partial<RangeRequest> = {}) => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.mp4`;
  return fetchRange({ url, ...whole, timeoutMs: 10_000, ...options });
};

/** A right answer with bytes first..last, whatever was asked for. */
const send = (response: ServerResponse, first: number, last: number, headers: Record<string, string> = {}) =>
  response
    .writeHead(206, { 'content-range': `bytes ${first}-${last}/${content.length}`, ...headers })
    .end(content.subarray(first, last + 1));

const failing = (status: number, headers: Record<string, string>, times: number): Answer => {
  return (response, first, last, n) =>
    n <= times ? response.writeHead(status, headers).end() : send(response, first, last);
};

it.for<[string, Answer]>([
  ['at most 1000 bytes an answer', (response, first, last) => send(response, first, Math.min(last, first + 999))],
  ['one byte less than asked for', (response, first, last) => send(response, first, Math.max(first, last - 1))],
  [
    'a connection that breaks after 700 bytes, three times',
    (response, first, last, n) => {
      if (n > 3) return send(response, first, last);
      const headers = {
        'content-range': `bytes ${first}-${last}/${content.length}`,
        'content-length': last + 1 - first,
      };
      return response.writeHead(206, headers).write(content.subarray(first, first + 700), () => response.destroy());
    },
  ],
  [
    'chunks that end in an orderly way, too early',
    (response, first, last) => {
      const headers = { 'content-range': `bytes ${first}-${last}/${content.length}` };
      response.writeHead(206, headers).write(content.subarray(first, first + 100));
      response.end(content.subarray(first + 100, Math.min(first + 3000, last + 1)));
    },
  ],
  [
    'a Content-Length of fewer bytes than the Content-Range says',
    (response, first, last) => {
      const end = Math.min(first + 4000, last + 1);
      const headers = { 'content-range': `bytes ${first}-${last}/${content.length}`, 'content-length': end - first };
      response.writeHead(206, headers).end(content.subarray(first, end));
    },
  ],
  [
    'a whole file that is no longer than the range',
    (response) => response.writeHead(200, { 'content-length': content.length }).end(content),
  ],
  [
    'whole files, whose connection breaks twice',
    (response, _first, _last, n) => {
      response.writeHead(200, { 'content-length': content.length });
      if (n > 2) return response.end(content);
      return response.write(content.subarray(0, 9000 - 3000 * n), () => setTimeout(() => response.destroy(), 50));
    },
  ],
  [
    'a redirect',
    (response, first, last, n) =>
      n === 1 ? response.writeHead(302, { location: '/elsewhere' }).end() : send(response, first, last),
  ],
  ['status 503, twice', failing(503, {}, 2)],
  ['status 429 with Retry-After in seconds', failing(429, { 'retry-after': '1' }, 1)],
  [
    'status 429 with Retry-After as a date',
    (response, first, last, n) => {
      if (n > 1) return send(response, first, last);
      const at = Date.now();
      const date = (ms: number) => new Date(ms).toUTCString();
      return response.writeHead(429, { date: date(at - 3_600_000), 'retry-after': date(at - 3_599_000) }).end();
    },
  ],
  [
    'a connection that is reset',
    (response, first, last, n) => (n === 1 ? response.destroy() : send(response, first, last)),
  ],
])('every byte comes in spite of %s', async ([, made]) => {
  answer = made;
  const reply = await read();
  expect(reply).toMatchObject({ file: { size: content.length } });
  expect(Buffer.compare('bytes' in reply ? reply.bytes : Buffer.alloc(0), content)).toBe(0);
});

it('only what was asked for is taken of a longer answer', async () => {
  answer = (response, first) => send(response, first, content.length - 1);
  const reply = await read({ first: 500, last: 599 });
  expect(reply).toEqual({
    file: { size: content.length, version: '' },
    bytes: Uint8Array.from(content.subarray(500, 600)),
  });
});

it.for<[string, Answer, RegExp]>([
  ['another range', (response, first, last) => send(response, first + 10, last), /bytes 110-9999\/10000.*100-/],
  ['the whole file as a range', (response) => send(response, 0, content.length - 1), /bytes 0-9999\/10000.*100-/],
  ['the whole file', (response) => response.writeHead(200).end(content), /does not answer range requests/],
  [
    'the whole file under the range that was asked for',
    (response, first, last) =>
      response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${content.length}` }).end(content),
    /more than the 9900 bytes/,
  ],
  [
    'more bytes announced than the range has',
    (response, first, last) => send(response, first, last, { 'content-length': '20000' }),
    /announces 20000 bytes/,
  ],
  ['no Content-Range', (response) => response.writeHead(206).end(content), /206 with no Content-Range/],
  [
    'several ranges in one',
    (response) => response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x'),
    /no Content-Range/,
  ],
  [
    'a compressed file',
    (response, first, last) => {
      const headers = { 'content-range': `bytes ${first}-${last}/${content.length}`, 'content-encoding': 'gzip' };
      response.writeHead(206, headers).end(gzipSync(content.subarray(first, last + 1)));
    },
    /compressed \(gzip\)/,
  ],
  ['a size it does not tell', (r) => r.writeHead(206, { 'content-range': 'bytes 100-199/*' }).end(), /100-199\/\*/],
  ['status 416', (r) => r.writeHead(416, { 'content-range': 'bytes */10000' }).end(), /no byte 100.*10000/],
  ['status 403', (response) => response.writeHead(403).end(), /403/],
])('the reader refuses %s', async ([, made, reason]) => {
  answer = made;
  const reply = await read({ first: 100 });
  expect(reply).toMatchObject({ error: { code: 'unreadable', reason: expect.stringMatching(reason) } });
  expect(asked).toHaveLength(1);
});

it('a file that was replaced between two requests is noticed, not mixed', async () => {
  const file = { size: content.length, version: '"one"' };
  answer = (response, first, last) => send(response, first, last, { etag: 'W/"one"' });
  expect(await read({ file })).toMatchObject({ bytes: expect.anything() });
  const changed = {
    changed: true,
    error: { code: 'unavailable', reason: expect.stringMatching(/changed while it was/) },
  };
  answer = (response, first, last) => send(response, first, last, { etag: '"two"' });
  expect(await read({ file })).toMatchObject(changed);
  const dated = { size: content.length, version: 'Mon, 01 Jan 2024 00:00:00 GMT' };
  answer = (response, first, last) => send(response, first, last, { 'last-modified': 'Tue, 02 Jan 2024 00:00:00 GMT' });
  expect(await read({ file: dated })).toMatchObject(changed);
  answer = (response, first, last) => send(response, first, last);
  expect(await read({ file: { size: 9000, version: '' } })).toMatchObject(changed);
  answer = (response) => response.writeHead(416, { 'content-range': 'bytes */50' }).end();
  expect(await read({ file, first: 100 })).toMatchObject(changed);
  // In the middle of one stretch, too.
  answer = (response, first, last, n) => send(response, first, Math.min(last, first + 999), { etag: `"${n}"` });
  expect(await read()).toMatchObject(changed);
});

it('a user and a password in an address are handed to the server', async () => {
  answer = (response, first, last) => send(response, first, last);
  const { port } = server.address() as AddressInfo;
  expect(await read({ url: `http://ren%C3%A9:p%40s:s@127.0.0.1:${port}/a.mp4` })).toMatchObject({ file: {} });
  expect(asked[0]!.headers.authorization).toBe(`Basic ${Buffer.from('rené:p@s:s').toString('base64')}`);
});

it('an empty file is one of 0 bytes', async () => {
  answer = (response) => response.writeHead(416).end();
  expect(await read()).toMatchObject({ file: { size: 0 } });
  answer = (response) => response.writeHead(200, { 'content-length': 0 }).end();
  expect(await read()).toMatchObject({ file: { size: 0 } });
});

it('passing failures are called so, and say how long the server asks to wait', async () => {
  answer = failing(500, {}, 99);
  expect(await read()).toMatchObject({ error: { code: 'unavailable', reason: expect.stringMatching(/500/) } });
  expect(asked.length).toBeGreaterThan(2);
  answer = failing(429, { 'retry-after': '120' }, 99);
  expect(await read()).toMatchObject({ error: { code: 'unavailable', retryAfterMs: 120_000 } });
  answer = () => {};
  expect(await read({ timeoutMs: 300 })).toMatchObject({
    error: { code: 'unavailable', reason: expect.stringMatching(/no answer/) },
  });
  expect(await read({ url: 'http://no-such-host.invalid/a.mp4', timeoutMs: 500 })).toMatchObject({
    error: { code: 'unavailable' },
  });
  answer = failing(404, {}, 99);
  expect(await read()).toMatchObject({ error: { code: 'missing' } });
});
