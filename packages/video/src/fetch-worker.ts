import { type MessagePort, workerData } from 'node:worker_threads';
import { fetchRange } from './sources/fetch-range.js';
import type { HttpRequest } from './sources/http-source.js';

/** Fetches for a decode thread that is waiting in the middle of a read. */
const port = workerData as MessagePort;

port.on('message', ({ ready, ...request }: HttpRequest) => {
  void fetchRange(request).then((reply) => {
    port.postMessage(reply);
    const flag = new Int32Array(ready);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
});
