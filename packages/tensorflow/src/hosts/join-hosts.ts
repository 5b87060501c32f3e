import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import type { HostGroup } from '@vjepa/engine';
import type { CApi, Pointer } from '../c-api.js';
import { TensorFlowError } from '../tensorflow-error.js';
import { sessionConfig } from '../trace/session-config.js';
import { floatGatherer, type GatherFloats } from './gather-floats.js';
import { serverDef, taskName } from './server-def.js';

/** What compiled functions need to know of the hosts that run them together. */
export interface JoinedHosts {
  readonly index: number;
  readonly count: number;
  /** Of sessions: this process's own server. */
  readonly target: string;
  /** What TensorFlow calls this host, before the names of its devices. */
  readonly task: string;
  /** Cores of this machine for this process: others of the group may share it. */
  readonly cores: number;
  /**
   * So many numbers for collective operations, which no other has: every host takes them in the same order, because all
   * compile the same functions one after the other.
   */
  collectiveKeys(count: number): number;
  /** All hosts' numbers, as many of each: one host's after the other's. */
  readonly gatherFloats: GatherFloats;
}

/** What a server's devices are. */
interface HostDevices {
  /** See `DeviceSettings`. */
  cpuDevices?: number | undefined;
  gpus?: readonly number[] | undefined;
}

/** A process is one task of a cluster for good: TensorFlow cannot stop a server of gRPC. */
const joined = new WeakMap<HostGroup, Promise<JoinedHosts>>();

/**
 * Starts TensorFlow's own server in this process, one for each host, among which the collective operations of compiled
 * functions run: ring reductions over gRPC on CPUs, NCCL on GPUs. Servers speak without encryption and obey whoever can
 * reach them: the hosts' network must be one that is trusted.
 *
 * @throws TensorFlowError where the server cannot be started, and what the group throws where another host is lost
 */
export function joinHosts(api: CApi, group: HostGroup, devices: HostDevices): Promise<JoinedHosts> {
  let joining = joined.get(group);
  if (joining === undefined) {
    joining = start(api, group, devices);
    joined.set(group, joining);
  }
  return joining;
}

async function start(api: CApi, group: HostGroup, { cpuDevices = 1, gpus }: HostDevices): Promise<JoinedHosts> {
  const { index, count, addresses } = group;
  const before = addresses.slice(0, index).filter((address) => address === addresses[index]).length;
  const port = chosenPort(before) ?? (await freePort());
  const version = api.TF_Version() ?? 'unknown';
  const all = await group.gather('the servers of TensorFlow', { port, version });
  const other = all.findIndex((host) => host.version !== version);
  if (other !== -1) {
    throw new TensorFlowError(
      'failed-precondition',
      `host ${other} has TensorFlow ${all[other]!.version} and host ${index} has ${version}: hosts need the same`,
    );
  }
  const neighbours = addresses.filter((address) => address === addresses[index]).length;
  const cores = Math.max(1, Math.floor(availableParallelism() / neighbours));
  const servers = all.map(({ port }, i) => `${bracketed(addresses[i]!)}:${port}`);
  const config = sessionConfig({ intraOpThreads: cores, interOpThreads: 2, cpuDevices, gpus, hosts: index });
  const target = startServer(api, serverDef({ servers, index, port, config }));
  await group.gather('the servers of TensorFlow have started', null);
  let keys = 1;
  const collectiveKeys = (wanted: number) => {
    keys += wanted;
    return keys - wanted;
  };
  const task = taskName(index);
  const device = `${task}/device:CPU:0`;
  const gatherFloats = floatGatherer(api, { target, device, count, config, key: collectiveKeys(1) });
  return { index, count, target, task, cores, collectiveKeys, gatherFloats };
}

function startServer(api: CApi, definition: Uint8Array): string {
  const status = api.TF_NewStatus();
  try {
    const server: Pointer = api.TF_NewServer(definition, definition.length, status);
    api.check(status, "TensorFlow's server for hosts");
    api.TF_ServerStart(server, status);
    api.check(status, "starting TensorFlow's server for hosts");
    return api.TF_ServerTarget(server)!;
  } finally {
    api.TF_DeleteStatus(status);
  }
}

/**
 * The port that VJEPA_ENGINE_PORT chooses, for firewalls; of several hosts at one address each has one more.
 *
 * @param before how many hosts come before at this address
 * @throws TensorFlowError where it is no port
 */
function chosenPort(before: number): number | undefined {
  const text = process.env.VJEPA_ENGINE_PORT;
  if (text === undefined || text === '') return undefined;
  const port = Number(text) + before;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new TensorFlowError(
    'invalid-argument',
    `VJEPA_ENGINE_PORT: expected a port, 1 to ${65_535 - before}, found '${text}'; leave it out for one that is free`,
  );
}

/** A port that nobody has at this moment. TensorFlow wants to be told one, and every host's at once. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** As it stands before a port: a number of IPv6 in brackets. */
function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
