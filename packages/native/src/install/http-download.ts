import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { OnProgress } from '@vjepa/engine';
import { makeFolder } from './make-folder.js';

export interface HttpDownloadOptions {
  /** Without a byte for this long, the connection counts as lost. */
  stallMs?: number | undefined;
  /** How often a lost connection is taken up again. */
  retries?: number | undefined;
}

/**
 * Downloads a file over HTTP(S) into a folder. A download that breaks off is taken up where it ended, by this call and
 * by later ones, as long as the server still has the same file (its ETag or date says so).
 *
 * @returns the file's path, complete
 * @throws Error naming the address and the reason
 */
export async function downloadFile(
  url: string,
  folder: string,
  onProgress: OnProgress,
  { stallMs = 20_000, retries = 4 }: HttpDownloadOptions = {},
): Promise<string> {
  makeFolder(folder);
  const path = join(folder, basename(new URL(url).pathname));
  for (let attempt = 0; ; attempt++) {
    let answered = false;
    try {
      await continueDownload(url, `${path}.part`, stallMs, onProgress, () => {
        answered = true;
      });
      await rename(`${path}.part`, path);
      await rm(`${path}.part.validator`, { force: true });
      return path;
    } catch (error) {
      // A server that cannot be reached at all will not be in a second either.
      const hopeless = error instanceof RefusedError || !(answered || error instanceof StartOverError);
      if (hopeless || attempt >= retries) {
        throw new Error(`${url} could not be downloaded: ${reasonOf(error)}`, { cause: error });
      }
    }
  }
}

/** The server answered, and said no: asking again would not help. */
class RefusedError extends Error {}

/** What is here is of no use; a download from the start may work. */
class StartOverError extends Error {}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

async function continueDownload(
  url: string,
  part: string,
  stallMs: number,
  onProgress: OnProgress,
  onAnswer: () => void,
): Promise<void> {
  const validator = await readFile(`${part}.validator`, 'utf8').catch(() => undefined);
  const present =
    validator === undefined
      ? 0
      : await stat(part).then(
          ({ size }) => size,
          () => 0,
        );
  const stall = new StallTimer(stallMs);
  try {
    const headers: Record<string, string> = present > 0 ? { Range: `bytes=${present}-`, 'If-Range': validator! } : {};
    const response = await fetch(url, { headers: { ...headers, 'Accept-Encoding': 'identity' }, signal: stall.signal });
    if (response.status === 416 && present > 0) {
      // Nothing is missing, or the file is another by now: only a fresh start can tell.
      await rm(part, { force: true });
      throw new StartOverError('the server has no such range');
    }
    if (!response.ok || response.body === null)
      throw new RefusedError(`HTTP ${response.status} ${response.statusText}`);
    onAnswer();
    const start = response.status === 206 ? present : 0;
    await rememberValidator(response, `${part}.validator`);
    const length = Number(response.headers.get('content-length'));
    const totalBytes = length > 0 ? start + length : undefined;
    let bytes = start;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        stall.restart();
        bytes += chunk.length;
        onProgress({ stage: 'download', item: url, bytes, totalBytes });
        done(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      count,
      createWriteStream(part, { flags: start > 0 ? 'a' : 'w' }),
      { signal: stall.signal },
    );
    if (totalBytes !== undefined && bytes !== totalBytes)
      throw new Error(`it ended after ${bytes} of ${totalBytes} bytes`);
  } finally {
    stall.stop();
  }
}

/** What identifies the server's file, so that two different ones are never joined. None: no taking up. */
async function rememberValidator(response: Response, path: string): Promise<void> {
  const etag = response.headers.get('etag');
  const strong = etag && !etag.startsWith('W/') ? etag : response.headers.get('last-modified');
  if (strong) await writeFile(path, strong);
  else await rm(path, { force: true });
}

class StallTimer {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly signal = this.#controller.signal;
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`nothing came for ${this.#ms / 1000} s`)),
      this.#ms,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
