import { MessageChannel, Worker } from 'node:worker_threads';
import type { Hosts } from './hosts.js';
import { packageVersion } from './package-version.js';
import type { HostPlace } from './place/host-place.js';
import { programUrl, threadOptions } from './program-url.js';
import { SharedHosts } from './share/shared-hosts.js';
import type { WorkerSettings } from './share/worker-settings.js';

/** How hosts come together. */
export interface JoinOptions {
  /** How long all are waited for, in milliseconds; 5 minutes where it is left out. */
  patienceMs?: number | undefined;
  /** A host that gives no sign of life for twice as long is lost, in milliseconds; 10 s where it is left out. */
  keepaliveMs?: number | undefined;
  /** How long a process may stay after the share has ended, before it is killed, in milliseconds; 45 s. */
  graceMs?: number | undefined;
  /** What strangers on the network do not know; VJEPA_HOSTS_TOKEN where it is left out. */
  token?: string | undefined;
  /** Hears every 10 s whom this host waits for, and at host 0 who was refused; stderr where it is left out. */
  announce?: ((line: string) => void) | undefined;
}

/**
 * Joins the processes that share a run, and waits for all. Host 0 is their coordinator. Sockets are a worker's, which
 * answers while this thread is blocked, and does not keep the process alive.
 *
 * @throws HostsError `unreachable` where they did not come together in time; `refused` where this process is not of
 *   the run; `port-in-use`; `host-lost`, `host-failed` where another ended meanwhile
 */
export async function joinHosts(place: HostPlace, options: JoinOptions = {}): Promise<Hosts> {
  const {
    patienceMs = 300_000,
    keepaliveMs = 10_000,
    graceMs = 45_000,
    token = process.env.VJEPA_HOSTS_TOKEN ?? '',
  } = options;
  const { announce = (line) => process.stderr.write(`${line}\n`) } = options;
  const { port1: port, port2 } = new MessageChannel();
  const { port1: waitPort, port2: waitPort2 } = new MessageChannel();
  const answered = new SharedArrayBuffer(4);
  const { index, count, coordinator } = place;
  const settings: WorkerSettings = {
    ...{ index, count, coordinator, version: packageVersion(), token, patienceMs, keepaliveMs, graceMs, answered },
    port: port2,
    waitPort: waitPort2,
  };
  const worker = new Worker(programUrl('hosts-worker'), {
    ...threadOptions,
    name: 'vjepa-hosts',
    workerData: settings,
    transferList: [port2, waitPort2],
  });
  worker.unref();
  const hosts = new SharedHosts({ index, count, worker, port, waitPort, answered, announce });
  await hosts.joined;
  return hosts;
}
