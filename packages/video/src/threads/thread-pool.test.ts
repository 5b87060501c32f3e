import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, expect, it } from 'vitest';
import type { IndexRequest } from './messages.js';
import { ThreadPool } from './thread-pool.js';

// A stand-in for the real worker: its answer is its thread id; `exit` and `throw` kill it, `hang` never returns,
// `touch FILE` writes the file at the end of its work.
const folder = temporaryFolder('threads');
const script = join(folder, 'worker.mjs');
writeFileSync(
  script,
  `import { writeFileSync } from 'node:fs';
import { parentPort, threadId } from 'node:worker_threads';
parentPort.postMessage({ started: true });
parentPort.on('message', ({ id, request }) => {
  if (request.path === 'exit') process.exit(3);
  if (request.path === 'throw') throw new Error('boom');
  if (request.path === 'hang') for (;;);
  if (request.path.startsWith('touch ')) {
    for (const end = Date.now() + 300; Date.now() < end; );
    writeFileSync(request.path.slice(6), '');
  }
  if (request.path === 'slow') return void setTimeout(() => parentPort.postMessage({ id, reply: request.path }), 100);
  parentPort.postMessage({ id, reply: request.path === 'thread' ? threadId : request.path });
});`,
);
const settings = async () => ({ decoder: 'wasm', module: undefined }) as const;
const pool = (size: number) => new ThreadPool(size, settings, { script: pathToFileURL(script) });
const request = (path: string, timeoutMs = 1000): IndexRequest => ({
  kind: 'index',
  path,
  indexCache: undefined,
  timeoutMs,
});
const pools: ThreadPool[] = [];
afterAll(() => Promise.all(pools.map((each) => each.close())));

function newPool(size: number): ThreadPool {
  const created = pool(size);
  pools.push(created);
  return created;
}

it('requests wait for a free thread and are served in order, urgent ones first', async () => {
  const threads = newPool(1);
  const order: string[] = [];
  const call = (path: string, urgent = false) =>
    threads.call(request(path), path, { urgent }).then(() => order.push(path));
  await Promise.all([call('slow'), call('a'), call('b'), call('c', true)]);
  expect(order).toEqual(['slow', 'c', 'a', 'b']);
});

it('a thread that exits or throws rejects its request and is replaced', async () => {
  const threads = newPool(1);
  const first = await threads.call(request('thread'), 'thread');
  await expect(threads.call(request('exit'), 'exit')).rejects.toMatchObject({ code: 'crashed', path: 'exit' });
  const second = await threads.call(request('thread'), 'thread');
  expect(second).not.toBe(first);
  await expect(threads.call(request('throw'), 'throw')).rejects.toThrow(/boom/);
  const waiting = [threads.call(request('throw'), 'x'), threads.call(request('a'), 'a')];
  const [failed, served] = await Promise.allSettled(waiting);
  expect(failed).toMatchObject({ status: 'rejected' });
  expect(served).toEqual({ status: 'fulfilled', value: 'a' });
});

it('a thread that hangs is stopped at its limit and replaced', async () => {
  const threads = newPool(1);
  await expect(threads.call(request('hang', -4900), 'hang')).rejects.toMatchObject({ code: 'timeout', path: 'hang' });
  expect(await threads.call(request('a'), 'a')).toBe('a');
});

it('closing rejects what is under way and what waits', async () => {
  const threads = newPool(1);
  const calls = [threads.call(request('slow'), 'slow'), threads.call(request('a'), 'a')];
  const settled = Promise.allSettled(calls);
  await new Promise((wake) => setTimeout(wake, 60));
  await threads.close();
  for (const outcome of await settled)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
  await expect(threads.call(request('b'), 'b')).rejects.toMatchObject({ code: 'closed' });
});

it('closing lets a thread finish what it does, as stopping it inside native code would abort the process', async () => {
  const threads = newPool(1);
  await threads.call(request('a'), 'a');
  const file = join(folder, 'finished');
  const call = threads.call(request(`touch ${file}`), 'touch').catch((error) => error.code);
  await new Promise((wake) => setTimeout(wake, 60));
  const closing = threads.close();
  expect(await call).toBe('closed');
  expect(existsSync(file)).toBe(false);
  await closing;
  expect(existsSync(file)).toBe(true);
});

it('closing does not wait for a thread that hangs for ever', async () => {
  const threads = newPool(1);
  const call = threads.call(request('hang', 60_000), 'hang').catch((error) => error.code);
  await new Promise((wake) => setTimeout(wake, 60));
  const started = performance.now();
  await threads.close();
  expect(performance.now() - started).toBeLessThan(8000); // five seconds of patience
  expect(await call).toBe('closed');
});

it('a pool whose threads cannot start fails every request', async () => {
  const broken = new ThreadPool(1, () => Promise.reject(new Error('no decoder')));
  const calls = ['a', 'b', 'c'].map((path) => broken.call(request(path), path));
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'no decoder' } });
  }
});
