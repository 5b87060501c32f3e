import type { StepFunction } from '@vjepa/engine';
import { type AttentionChoice, type AttentionOptions, chooseAttention } from './attention-choice.js';
import { type CompiledStep, type CompileStepOptions, compileStep } from './compile-step.js';
import { findPlugin, type PluginLocation } from './locate.js';
import { openPlugin } from './open-plugin.js';
import type { Client, ClientOptions, ClientProcesses } from './pjrt/client.js';
import type { Device } from './pjrt/device.js';
import type { Plugin } from './pjrt/plugin.js';
import type { PluginKind } from './plugin-kind.js';
import { recommendPlugin } from './recommend-plugin.js';
import { hostsOf } from './step-hosts.js';
import { XlaError } from './xla-error.js';

/** Which plug-in is loaded, and what its client takes. */
export interface LoadXlaOptions {
  /** The plug-in's shared library. Default: the one that {@link findPlugin} finds. */
  path?: string | undefined;
  /** `cpu`: the plug-in for CPUs; `gpu`: one for GPUs, or an error. Default: one for GPUs if there is one, else for CPUs. */
  device?: 'cpu' | 'gpu' | undefined;
  /**
   * Several devices that share each batch of a step: all there are, or those of these numbers, as the driver counts GPUs;
   * each of them or an error. They are GPUs; with `device: 'cpu'`, so many parts of the CPU. Default: the first device.
   */
  devices?: 'all' | readonly number[] | undefined;
  /**
   * Processes whose GPUs share each batch of a step, as many of each, which `devices` says of this one's. All load XLA and
   * compile the same steps in the same order. Default: this process alone.
   */
  hosts?: ClientProcesses | undefined;
  /** What the client takes of its devices. */
  client?: ClientOptions | undefined;
}

/** XLA, loaded into this process, with the devices of one plug-in. */
export interface XlaRuntime {
  /** Of the plug-in's interface: `PJRT 0.116`. */
  readonly version: string;
  /** `cpu`, `cuda`, … */
  readonly platform: string;
  readonly client: Client;
  /** The devices that steps run on: those that were asked for, or the first; with `hosts` those of all. */
  readonly devices: readonly Device[];
  /** Those of this process. */
  readonly ownDevices: readonly Device[];
  /** Whether a step's attention is cuDNN's on these devices, where its shapes allow it, and why. */
  attention(options: AttentionOptions): AttentionChoice;
  /** Makes a step, a pure function of TensorFlow.js's operations, into one that runs whole on these devices. */
  compile(fn: StepFunction, options: CompileStepOptions): CompiledStep;
}

/**
 * Finds and loads a plug-in of XLA, and opens its devices. Further calls with the same options get the
 * same, until its client is disposed of.
 *
 * @throws XlaError `not-installed` if there is no plug-in, and what loading it and opening its devices throw
 */
export async function loadXla(options: LoadXlaOptions = {}): Promise<XlaRuntime> {
  const { path, device, devices, hosts, client = {} } = options;
  if (Array.isArray(devices)) requireDifferent(devices);
  const wanted = device ?? (devices === undefined && hosts === undefined ? undefined : 'gpu');
  const found = pluginFor(path, wanted);
  const key = JSON.stringify([found, wanted, devices, hosts?.index, hosts?.count, client]);
  return openOnce(key, () => openRuntime(found, { device: wanted, devices, hosts, client }));
}

/** A client takes most of a GPU's memory: the same devices are opened once. */
const runtimes = new Map<string, Promise<XlaRuntime>>();

/** The runtime that was opened, unless its client has been disposed of since. */
async function openOnce(key: string, open: () => Promise<XlaRuntime>): Promise<XlaRuntime> {
  let opening = runtimes.get(key);
  if (opening === undefined) {
    opening = open();
    runtimes.set(key, opening);
    opening.catch(() => runtimes.delete(key));
  }
  const runtime = await opening;
  if (!runtime.client.isDisposed) return runtime;
  if (runtimes.get(key) === opening) runtimes.delete(key);
  return openOnce(key, open);
}

/** Opens the devices of a plug-in that was found. */
export async function openRuntime(
  location: PluginLocation,
  { device, devices: asked, hosts, client: taken = {} }: Omit<LoadXlaOptions, 'path'> = {},
): Promise<XlaRuntime> {
  const plugin = openPlugin(location);
  const forGpus = isForGpus(location.kind, plugin);
  if (hosts !== undefined && !forGpus) throw withoutProcesses(location);
  const client = await plugin.createClient({ ...devicesTaken(forGpus, asked), processes: hosts, ...taken });
  if (device !== undefined && (device === 'cpu') !== (client.platform === 'cpu')) {
    await client.dispose();
    const asked = device === 'cpu' ? 'the CPU' : 'a GPU';
    throw new XlaError('not-found', `${asked} was asked for, and ${location.path} is a plug-in for ${client.platform}`);
  }
  const ownDevices = stepDevices(client, asked);
  if (ownDevices === undefined) {
    const opened = client.addressableDevices.map(({ localHardwareId }) => localHardwareId).join(', ');
    await client.dispose();
    throw new XlaError(
      'not-found',
      `GPUs ${(asked as readonly number[]).join(', ')} were asked for, and the plug-in has opened ${opened}: it opens in a ` +
        'process those that its first client asked for, of those that CUDA_VISIBLE_DEVICES shows',
    );
  }
  const devices = hosts === undefined ? ownDevices : devicesOfAll(client);
  return {
    version: `PJRT ${plugin.version.major}.${plugin.version.minor}`,
    platform: client.platform,
    client,
    devices,
    ownDevices,
    attention: (options) => chooseAttention(options, ownDevices[0]),
    compile: (fn, options) => compileStep(client, fn, { devices, ...options }),
  };
}

/** Those that steps run on; undefined where the client has not all that were asked for. */
function stepDevices({ platform, addressableDevices }: Client, asked: LoadXlaOptions['devices']): Device[] | undefined {
  if (asked === undefined) return addressableDevices.slice(0, 1);
  if (asked === 'all' || platform === 'cpu') return addressableDevices;
  const found = asked.flatMap((number) => addressableDevices.find((device) => device.localHardwareId === number) ?? []);
  return found.length === asked.length ? found : undefined;
}

/** Those of all processes, which have opened those that steps run on, one process's after the other's. */
function devicesOfAll({ devices }: Client): Device[] {
  const all = [...devices].sort((a, b) => a.processIndex - b.processIndex);
  hostsOf(all);
  return all;
}

function isForGpus(kind: PluginKind | undefined, { attributes }: Plugin): boolean {
  return kind === undefined ? attributes.cuda_version !== undefined : kind !== 'cpu';
}

function withoutProcesses({ path }: PluginLocation): XlaError {
  return new XlaError(
    'unimplemented',
    `${path} is a plug-in for CPUs, which shares no step with other processes: on CPUs TensorFlow does (@vjepa/tensorflow)`,
  );
}

/** What a client is to open: no GPU that no step runs on, whose memory others may want. */
function devicesTaken(forGpus: boolean, asked: LoadXlaOptions['devices']) {
  if (asked === 'all') return {};
  if (forGpus) return { visibleDevices: asked ?? [0] };
  return asked === undefined ? {} : { cpuDevices: asked.length };
}

function requireDifferent(devices: readonly number[]): void {
  const wrong = devices.find(
    (number, i) => !(Number.isSafeInteger(number) && number >= 0) || devices.indexOf(number) < i,
  );
  if (devices.length > 0 && wrong === undefined) return;
  throw new XlaError(
    'invalid-argument',
    `devices are numbers of different devices, from 0, and were given as [${devices}]`,
  );
}

function pluginFor(path: string | undefined, device: 'cpu' | 'gpu' | undefined): PluginLocation {
  const kinds: readonly (PluginKind | undefined)[] =
    device === 'cpu' ? ['cpu'] : device === 'gpu' ? [undefined] : [undefined, 'cpu'];
  const found = kinds.map((kind) => findPlugin({ path, kind })).find((location) => location !== undefined);
  if (found !== undefined) return found;
  const what = device === undefined ? '' : ` for ${device.toUpperCase()}s`;
  const recommended = device === 'cpu' ? 'cpu' : (kindForGpus() ?? (device === undefined ? 'cpu' : undefined));
  const install = `installPlugin(${recommended === undefined ? '' : `{ kind: '${recommended}' }`})`;
  throw new XlaError(
    'not-installed',
    `no plug-in of XLA${what} was found: ${install} fetches one, and VJEPA_XLA_PLUGIN may name one`,
    { recommended },
  );
}

/** The plug-in that the driver is for; undefined where there is none, or it cannot be asked. */
function kindForGpus(): PluginKind | undefined {
  try {
    return recommendPlugin().kind;
  } catch {
    return undefined;
  }
}
