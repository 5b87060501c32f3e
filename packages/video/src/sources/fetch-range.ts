import type { VideoErrorCode } from '../video-error.js';
import { type StatusFailure, statusFailure } from './http-status.js';
import { unescaped } from './source-location.js';

/** Limit for one answer; what has come by then is kept and the rest asked for. */
const ANSWER_MS = 20_000;
/** Servers hiccup: a request is tried this often in a row before it counts as failed. */
const ATTEMPTS = 4;

/** A file behind http(s) as its server describes it. */
export interface HttpFile {
  /** Bytes. */
  size: number;
  /** The server's entity tag, else its time of change, else empty. */
  version: string;
}

export interface RangeRequest {
  url: string;
  /** First and last byte; the last may lie behind the end of the file. */
  first: number;
  last: number;
  /** What is known of the file from earlier answers: later ones must agree. */
  file?: HttpFile | undefined;
  timeoutMs: number;
}

export type RangeReply =
  | { file: HttpFile; bytes: Uint8Array }
  /** `changed`: the file is not the one that `file` describes. */
  | { error: StatusFailure; changed: boolean };

/**
 * Reads a stretch of a file by range requests (RFC 9110, section 14). Every answer is checked: it must say where its
 * bytes lie, begin where it was asked to and belong to the same file; what it leaves out is asked for again. Bytes that
 * cannot be vouched for are an error, never data. Passing failures are tried again, as late as the server asks, while
 * the time lasts.
 */
export async function fetchRange(request: RangeRequest): Promise<RangeReply> {
  const end = performance.now() + request.timeoutMs;
  const received = new ReceivedBytes();
  let { file } = request;
  for (let failures = 0; ; ) {
    const before = received.length;
    try {
      file = await requestRest(request, file, received, end - performance.now());
      if (request.first + received.length >= Math.min(request.last + 1, file.size)) {
        return { file, bytes: received.join() };
      }
      if (received.length === before) throw new RangeFailure('unavailable', 'the server sent no bytes');
      failures = 0;
    } catch (error) {
      const failure = RangeFailure.from(error);
      failures = received.length > before ? 1 : failures + 1;
      const backoffMs = 200 * Math.min(failures, 5) ** 2 * (1 + Math.random() / 4);
      const pauseMs = Math.max(backoffMs, failure.retryAfterMs ?? 0);
      const isHopeless = failure.retryAfterMs === undefined && failures >= ATTEMPTS;
      if (failure.code !== 'unavailable' || failure.changed || isHopeless || performance.now() + pauseMs >= end) {
        const { code, reason, retryAfterMs, changed } = failure;
        return { error: { code, reason, retryAfterMs }, changed };
      }
      await new Promise((wake) => setTimeout(wake, pauseMs));
    }
  }
}

/** One request for what has not come yet; what of it comes is in `received`, also when this throws. */
async function requestRest(
  { url, first, last }: RangeRequest,
  known: HttpFile | undefined,
  received: ReceivedBytes,
  remainingMs: number,
): Promise<HttpFile> {
  const start = first + received.length;
  const signal = AbortSignal.timeout(Math.ceil(Math.max(1, Math.min(ANSWER_MS, remainingMs))));
  const { address, authorization } = withoutCredentials(url);
  const headers = { range: `bytes=${start}-${last}`, 'accept-encoding': 'identity', ...authorization };
  const response = await fetch(address, { headers, signal });
  try {
    const { file, bytes, mayGoOn, beginsAnew } = readHead(response, first, start, last, known);
    if (beginsAnew) received.clear();
    if (bytes > 0) await readBody(response, received, bytes, mayGoOn);
    return file;
  } finally {
    // What is left of the answer is not wanted.
    await response.body?.cancel().catch(() => {});
  }
}

/** `fetch` takes no user and password in an address: they become a header (RFC 7617). */
function withoutCredentials(url: string): { address: string; authorization?: { authorization: string } } {
  if (!URL.canParse(url)) return { address: url };
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address: url };
  address.username = '';
  address.password = '';
  const bytes = new TextEncoder().encode(`${unescaped(username)}:${unescaped(password)}`);
  return { address: address.href, authorization: { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` } };
}

/** What the head of an answer promises. */
interface AnswerHead {
  file: HttpFile;
  /** How many bytes to take from the body; they begin where they were asked to, or with the file. */
  bytes: number;
  /** Whether they begin with the file, so that what has come before is not wanted. */
  beginsAnew?: boolean;
  /** Whether the body holds more than was asked for. */
  mayGoOn: boolean;
}

function readHead(
  response: Response,
  first: number,
  start: number,
  last: number,
  known: HttpFile | undefined,
): AnswerHead {
  const { status, headers } = response;
  const range = headers.get('content-range');
  if (status === 416) return unsatisfied(range, start, known);
  if (!response.ok) throw new RangeFailure(statusFailure(response));
  const encoding = headers.get('content-encoding');
  if (encoding && encoding !== 'identity') {
    throw new RangeFailure('unreadable', `the server sends the file compressed (${encoding}), though asked not to`);
  }
  const version = headers.get('etag')?.replace(/^W\//, '') ?? headers.get('last-modified') ?? '';
  if (status !== 206) return wholeFile(response, first, last, version, known);
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range?.trim() ?? '');
  const asked = `${start}-${last}`;
  if (!match) {
    const said = range === null ? 'no Content-Range' : `Content-Range '${range}'`;
    throw new RangeFailure('unreadable', `the server answered 206 with ${said}, asked for bytes ${asked}`);
  }
  const [from, to, size] = match.slice(1).map(Number) as [number, number, number];
  if (from !== start || to < from || to >= size) {
    throw new RangeFailure(
      'unreadable',
      `the server answered with '${range}', asked for bytes ${asked}: download the file`,
    );
  }
  const bytes = to + 1 - from;
  const length = Number(headers.get('content-length') ?? bytes);
  if (length > bytes) {
    throw new RangeFailure('unreadable', `the server announces ${length} bytes for '${range}', which are ${bytes}`);
  }
  const file = { size, version };
  requireSameFile(known, file);
  return { file, bytes: Math.min(bytes, last + 1 - start), mayGoOn: to > last };
}

/** An answer that is the whole file is as good as a range that begins with it and ends behind it. */
function wholeFile(
  { status, headers }: Response,
  first: number,
  last: number,
  version: string,
  known: HttpFile | undefined,
): AnswerHead {
  const length = headers.get('content-length');
  if (status === 200 && first === 0 && length !== null && Number(length) <= last + 1) {
    const file = { size: Number(length), version };
    requireSameFile(known, file);
    return { file, bytes: file.size, mayGoOn: false, beginsAnew: true };
  }
  const reason = `the server does not answer range requests (status ${status}): download the file first`;
  throw new RangeFailure(known ? 'unavailable' : 'unreadable', reason);
}

/** 416: there is no byte at `start`. */
function unsatisfied(range: string | null, start: number, known: HttpFile | undefined): AnswerHead {
  const size = Number(/^bytes \*\/(\d+)$/.exec(range?.trim() ?? '')?.[1] ?? (start === 0 ? 0 : Number.NaN));
  if (size > start) {
    throw new RangeFailure(
      'unreadable',
      `the server has no byte ${start}, it says, of the file's ${size} (status 416)`,
    );
  }
  const file = { size: size || 0, version: known?.version ?? '' };
  requireSameFile(known, file);
  return { file, bytes: 0, mayGoOn: false };
}

/** @throws RangeFailure when the file was replaced since it was described */
function requireSameFile(known: HttpFile | undefined, now: HttpFile): void {
  if (!known) return;
  const isOther = known.version !== '' && now.version !== '' && known.version !== now.version;
  if (known.size === now.size && !isOther) return;
  const change = known.size === now.size ? `${known.version} -> ${now.version}` : `${known.size} -> ${now.size} bytes`;
  throw new RangeFailure('unavailable', `the file on the server changed while it was read (${change})`, true);
}

/**
 * Takes up to `bytes` bytes of the body.
 * @param mayGoOn the answer may hold more than was asked for, which is left
 * @throws RangeFailure when the answer holds more than it promised
 */
async function readBody(response: Response, received: ReceivedBytes, bytes: number, mayGoOn: boolean): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (let left = bytes; left > 0 || !mayGoOn; ) {
      const { done, value } = await reader.read();
      if (done) return;
      received.add(value.subarray(0, left));
      left -= value.length;
      if (left < 0 && !mayGoOn) {
        const range = response.headers.get('content-range');
        received.clear();
        throw new RangeFailure('unreadable', `the server sent more than the ${bytes} bytes of its answer '${range}'`);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

class ReceivedBytes {
  length = 0;
  #chunks: Uint8Array[] = [];

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  clear(): void {
    this.#chunks = [];
    this.length = 0;
  }

  join(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** Why a request failed. */
class RangeFailure extends Error {
  readonly code: VideoErrorCode;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly changed: boolean;

  constructor(failure: StatusFailure);
  constructor(code: VideoErrorCode, reason: string, changed?: boolean);
  constructor(failure: StatusFailure | VideoErrorCode, reason = '', changed = false) {
    const all = typeof failure === 'string' ? { code: failure, reason } : failure;
    super(all.reason);
    this.code = all.code;
    this.reason = all.reason;
    this.retryAfterMs = all.retryAfterMs;
    this.changed = changed;
  }

  /** What `fetch` throws: nearly always the network's trouble, which passes. */
  static from(error: unknown): RangeFailure {
    if (error instanceof RangeFailure) return error;
    return new RangeFailure(isLasting(error) ? 'unreadable' : 'unavailable', describe(error));
  }
}

/** Addresses that cannot be asked, and servers whose certificate or redirects are wrong: asking again is no use. */
function isLasting(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause ? String(cause.code) : '';
  return (
    /^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_INVALID_URL|ERR_SSL_WRONG_VERSION)/.test(code) ||
    /bad port|redirect count exceeded|unknown scheme|URL scheme/i.test(cause.message)
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer from the server in time';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return `${error.message}: ${cause.message || code}${code && !cause.message.includes(code) && cause.message ? ` (${code})` : ''}`;
}
