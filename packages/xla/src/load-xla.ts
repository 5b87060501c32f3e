import type { StepFunction } from '@vjepa/engine';
import { type CompiledStep, compileStep } from './compile-step.js';
import { findPlugin, type PluginKind, type PluginLocation } from './locate.js';
import { openPlugin } from './open-plugin.js';
import type { Client, ClientOptions } from './pjrt/client.js';
import type { StepOptions } from './step-writer.js';
import { XlaError } from './xla-error.js';

/** Which plug-in is loaded, and what its client takes. */
export interface LoadXlaOptions {
  /** The plug-in's shared library. Default: the one that {@link findPlugin} finds. */
  path?: string | undefined;
  /** `cpu`: the plug-in for CPUs; `gpu`: one for GPUs, or an error. Default: one for GPUs if there is one, else for CPUs. */
  device?: 'cpu' | 'gpu' | undefined;
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
  /** Makes a step, a pure function of TensorFlow.js's operations, into one that runs whole on the first device. */
  compile(fn: StepFunction, options: StepOptions): CompiledStep;
}

/**
 * Finds and loads a plug-in of XLA, and opens its devices. Further calls with the same options get the same.
 *
 * @throws XlaError `not-installed` if there is no plug-in, and what loading it and opening its devices throw
 */
export async function loadXla({ path, device, client = {} }: LoadXlaOptions = {}): Promise<XlaRuntime> {
  const found = pluginFor(path, device);
  const key = JSON.stringify([found, client]);
  let runtime = runtimes.get(key);
  if (runtime === undefined) {
    runtime = open(found, client);
    runtimes.set(key, runtime);
    runtime.catch(() => runtimes.delete(key));
  }
  return runtime;
}

/** A client takes most of a GPU's memory: the same devices are opened once. */
const runtimes = new Map<string, Promise<XlaRuntime>>();

async function open(location: PluginLocation, taken: ClientOptions): Promise<XlaRuntime> {
  const plugin = openPlugin(location);
  const client = await plugin.createClient(taken);
  return {
    version: `PJRT ${plugin.version.major}.${plugin.version.minor}`,
    platform: client.platform,
    client,
    compile: (fn, options) => compileStep(client, fn, options),
  };
}

function pluginFor(path: string | undefined, device: 'cpu' | 'gpu' | undefined): PluginLocation {
  const kinds: readonly (PluginKind | undefined)[] =
    device === 'cpu' ? ['cpu'] : device === 'gpu' ? [undefined] : [undefined, 'cpu'];
  const found = kinds.map((kind) => findPlugin({ path, kind })).find((location) => location !== undefined);
  if (found !== undefined) return found;
  const what =
    device === 'gpu'
      ? 'no plug-in of XLA for GPUs'
      : device === 'cpu'
        ? 'no plug-in of XLA for CPUs'
        : 'no plug-in of XLA';
  throw new XlaError(
    'not-installed',
    `${what} was found: installPlugin(), or \`vjepa runtime install --xla\`, fetches one, and VJEPA_XLA_PLUGIN may name one`,
  );
}
