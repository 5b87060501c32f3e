import { type MessagePort, workerData } from 'node:worker_threads';
import type { HttpReply, HttpRequest } from './sources/http-source.js';

/** Fetches for a decode thread that is waiting in the middle of a read. */
const port = workerData as MessagePort;
/** Servers hiccup: a request is tried this often in all, with growing pauses. */
const ATTEMPTS = 3;

async function answer({ url, range }: HttpRequest): Promise<HttpReply> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await request(url, range ?? [0, 0]);
      if (response.status >= 500 && attempt < ATTEMPTS) throw new Error(`status ${response.status}`);
      return range ? await bytesOf(response) : await descriptionOf(response);
    } catch (error) {
      if (attempt >= ATTEMPTS) return { error: { code: 'unreadable', reason: describe(error) } };
      await new Promise((wake) => setTimeout(wake, 200 * attempt ** 2));
    }
  }
}

function request(url: string, [first, last]: [number, number]): Promise<Response> {
  return fetch(url, { headers: { range: `bytes=${first}-${last}` }, signal: AbortSignal.timeout(20_000) });
}

async function descriptionOf(response: Response): Promise<HttpReply> {
  const failure = await failureOf(response);
  if (failure) return failure;
  await response.arrayBuffer();
  const size = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
  if (!Number.isFinite(size)) return { error: { code: 'unreadable', reason: 'the server does not tell the size' } };
  const version = response.headers.get('etag') ?? response.headers.get('last-modified') ?? '';
  return { size, version };
}

async function bytesOf(response: Response): Promise<HttpReply> {
  return (await failureOf(response)) ?? { bytes: new Uint8Array(await response.arrayBuffer()) };
}

async function failureOf(response: Response): Promise<HttpReply | undefined> {
  if (response.status === 206) return undefined;
  await response.body?.cancel();
  if (response.status === 416) return { error: { code: 'empty', reason: 'the file has 0 bytes' } };
  if (response.ok) {
    const reason = `the server does not answer range requests (status ${response.status}): download the file first`;
    return { error: { code: 'unreadable', reason } };
  }
  const code = response.status === 404 || response.status === 410 ? 'missing' : 'unreadable';
  return { error: { code, reason: `the server answered ${response.status} ${response.statusText}` } };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

port.on('message', (request: HttpRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    const ready = new Int32Array(request.ready);
    Atomics.store(ready, 0, 1);
    Atomics.notify(ready, 0);
  });
});
