import type { MessagePort } from 'node:worker_threads';
import type { HostsProblem } from '../hosts-error.js';
import type { ToHost } from './message.js';

/** What the worker of a host is started with. */
export interface WorkerSettings {
  index: number;
  count: number;
  coordinator: string;
  version: string;
  token: string;
  patienceMs: number;
  keepaliveMs: number;
  graceMs: number;
  /** Messages, of which the event loop of the main thread takes the answers. */
  port: MessagePort;
  /** Messages that the main thread waits for. */
  waitPort: MessagePort;
  /** An int32 that becomes 1 when the answer is in `waitPort`. */
  answered: SharedArrayBuffer;
}

/** What the worker says to the main thread: what the coordinator said, and what concerns this host alone. */
export type ToMain =
  | ToHost
  | { type: 'announce'; line: string }
  /** This host is not, or no longer, one of those that share the run. */
  | { type: 'unjoined'; problem: HostsProblem };
