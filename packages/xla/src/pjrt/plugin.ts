import { requireDriver } from '../cuda/require-driver.js';
import { Client, type ClientOptions } from './client.js';
import type { LiveObjects } from './lifetime.js';
import { loadPjrtApi } from './load-pjrt-api.js';
import { decodeNamedValues } from './named-value.js';
import type { LoadOptions, PjrtApi } from './pjrt-api.js';
import { type Watched, watched } from './profiler.js';
import { Topology, type TopologyOptions } from './topology.js';

/** XLA for one kind of devices: a shared library behind PJRT's C API. */
export class Plugin {
  /** The library's path. */
  readonly path: string;
  /** Of PJRT's C API, as the plug-in was built with it. */
  readonly version: { readonly major: number; readonly minor: number };
  /** What the plug-in says of itself: `xla_version`, `stablehlo_current_version`, `cuda_version`, … */
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  readonly #api: PjrtApi;

  private constructor(path: string, api: PjrtApi) {
    this.path = path;
    this.version = api.version;
    this.#api = api;
    const call = api.call('PJRT_Plugin_Attributes', {});
    this.attributes = decodeNamedValues(api, call.get('attributes'), call.get('num_attributes'));
  }

  /**
   * Loads a plug-in. It stays until the process ends; another load of the same path gives the same library.
   *
   * @throws XlaError `not-installed`, `not-loadable`, `wrong-version`
   */
  static load(path: string, options: LoadOptions = {}): Plugin {
    return new Plugin(path, loadPjrtApi(path, options));
  }

  /** What was made through this object and has not been destroyed yet. */
  get live(): LiveObjects {
    return this.#api.objects.live;
  }

  /**
   * Opens the devices.
   *
   * @throws XlaError `no-driver` where the driver that the plug-in needs is missing or too old; PJRT's own words
   */
  async createClient(options: ClientOptions = {}): Promise<Client> {
    requireDriver(this.path, this.attributes.cuda_version);
    return Client.create(this.#api, options);
  }

  /** Devices to compile for, without having them. */
  createTopology(options: TopologyOptions): Promise<Topology> {
    return Topology.create(this.#api, options);
  }

  /** Does work while the plug-in's own profiler, where it has one that works, writes down what it does. */
  watched<R>(work: () => Promise<R>): Promise<Watched<R>> {
    return watched(this.#api, work);
  }
}
