import { XlaError } from '../xla-error.js';
import { Buffer } from './buffer.js';
import type { Memory } from './c-struct.js';
import { type CompileOptions, compileOptionsProto, requireCount } from './compile-options.js';
import type { Device } from './device.js';
import { DeviceSet } from './device-set.js';
import { arrayBytes, type ElementType, typeNumber } from './element-type.js';
import { KeyValueCallbacks, type KeyValueStore } from './key-value-callbacks.js';
import { LoadedExecutable } from './loaded-executable.js';
import { encodeNamedValues, Float, type NamedValue } from './named-value.js';
import type { PjrtApi } from './pjrt-api.js';
import { type Watched, watched } from './profiler.js';
import { type ProgramFormat, programStruct } from './program.js';

/** What a client takes of its devices. */
export interface ClientOptions {
  /** Share of each device's memory that it may use, 0 to 1. Default: the plug-in's, 0.75. GPUs only. */
  memoryFraction?: number | undefined;
  /** Whether it takes that share at once, instead of as it is needed. Default: the plug-in's, true. GPUs only. */
  preallocate?: boolean | undefined;
  /**
   * Numbers of the devices that it uses, as the driver counts them. A process keeps to those of its first client. Default:
   * all. GPUs only.
   */
  visibleDevices?: readonly number[] | undefined;
  /** How it divides memory: `bfc` keeps a pool, `platform` asks the driver each time. GPUs only. */
  allocator?: 'default' | 'bfc' | 'platform' | 'cuda_async' | undefined;
  /**
   * Processes whose devices make one client: each creates it, and sees the devices of all, of which its own are addressable.
   * A program for devices of several is compiled and started by each of them, in the same order. GPUs only. Default: this
   * process alone.
   */
  processes?: ClientProcesses | undefined;
  /** How many devices a CPU is to be taken for. CPUs only. Default: the plug-in's. */
  cpuDevices?: number | undefined;
  /** Options by the names that the plug-in has for them, for what is not named here. */
  pluginOptions?: Readonly<Record<string, NamedValue>> | undefined;
}

/** The processes that share a client, as one of them sees them. */
export interface ClientProcesses {
  /** Which of them this is, from 0. */
  index: number;
  count: number;
  /** Where all of them put what the others need: the devices they have, keys of NCCL. */
  store: KeyValueStore;
}

/** How an array comes to a device. */
export interface ToDeviceOptions {
  /** Default: the client's first. */
  device?: Device | undefined;
  /**
   * Whether the device may use the memory itself as long as the buffer lives, as CPUs do with memory that is aligned to
   * 64 bytes: nothing is copied then. You promise not to change it; it is kept until XLA has done with it. Default:
   * false, and the promise resolves when the memory is free again.
   */
  lend?: boolean | undefined;
}

const IMMUTABLE_UNTIL_TRANSFER_COMPLETES = 1;
const IMMUTABLE_ZERO_COPY = 2;

/** Devices of one kind in this process, with the buffers and programs on them. */
export class Client extends DeviceSet {
  /** `cpu`, `cuda`, … */
  readonly platform: string;
  readonly platformVersion: string;
  /** Which of the processes that share it this one is: {@link Device.processIndex} of its own devices. */
  readonly processIndex: number;

  private constructor(api: PjrtApi, address: bigint, then?: () => void) {
    super(api, address, then);
    this.processIndex = api.call('PJRT_Client_ProcessIndex', { client: address }).get('process_index');
    const name = api.call('PJRT_Client_PlatformName', { client: address });
    this.platform = api.text(name.get('platform_name'), name.get('platform_name_size'));
    const version = api.call('PJRT_Client_PlatformVersion', { client: address });
    this.platformVersion = api.text(version.get('platform_version'), version.get('platform_version_size'));
  }

  /** @throws XlaError PJRT's own words: no driver, no device, an option it does not know */
  static async create(api: PjrtApi, options: ClientOptions = {}): Promise<Client> {
    const { cpuDevices, processes } = options;
    if (cpuDevices !== undefined) requireCount('cpuDevices', cpuDevices);
    if (processes !== undefined) requireProcess(processes);
    const { memory, count } = encodeNamedValues(namedOptions(options));
    const callbacks = processes && new KeyValueCallbacks(api, processes.store);
    const release = callbacks && (() => callbacks.release());
    try {
      const given = { create_options: memory, num_options: count, ...callbacks?.addresses };
      const call = await api.callAsync('PJRT_Client_Create', given);
      return new Client(api, call.get('client'), release);
    } catch (error) {
      release?.();
      throw error;
    }
  }

  /**
   * Copies an array to a device.
   *
   * @param data its values, row after row, without gaps; not to be changed until the promise resolves
   * @throws XlaError `invalid-argument` where `data` has not as many bytes as the shape; `resource-exhausted` where the
   *   device has no room
   */
  async toDevice(
    data: Memory,
    { type, shape }: { type: ElementType; shape: readonly number[] },
    { device = this.addressableDevices[0], lend = false }: ToDeviceOptions = {},
  ): Promise<Buffer> {
    const bytes = arrayBytes(type, shape);
    if (data.byteLength !== bytes) {
      throw new XlaError(
        'invalid-argument',
        `${type}[${shape.join(',')}] takes ${bytes} bytes, and ${data.byteLength} were given`,
      );
    }
    if (device === undefined) throw new XlaError('failed-precondition', 'the client has no device of this process');
    this.requireOwn(device);
    return this.during(async (client) => {
      const dims = BigInt64Array.from(shape, BigInt);
      const call = await this.api.callAsync('PJRT_Client_BufferFromHostBuffer', {
        client,
        data: bytes > 0 ? data : EMPTY,
        type: typeNumber(type),
        dims: dims.length > 0 ? dims : null,
        num_dims: dims.length,
        host_buffer_semantics: lend ? IMMUTABLE_ZERO_COPY : IMMUTABLE_UNTIL_TRANSFER_COMPLETES,
        device: device.address,
      });
      const buffer = new Buffer(this.api, this, call.get('buffer'));
      const done = call.get('done_with_host_buffer');
      if (lend) this.api.lend(data, done);
      else await this.#transferred(done, buffer);
      return buffer;
    });
  }

  async #transferred(done: bigint, buffer: Buffer): Promise<void> {
    try {
      await this.api.finish(done, 'copies');
    } catch (error) {
      await buffer.dispose();
      throw error;
    }
  }

  /**
   * Compiles a program for the client's devices.
   *
   * @param program StableHLO, as text or as MLIR bytecode, or with `format` `hlo` an `HloModuleProto`
   * @throws XlaError the compiler's own words
   */
  async compile(
    program: string | Uint8Array,
    { format = 'mlir', ...options }: CompileOptions & { format?: ProgramFormat | undefined } = {},
  ): Promise<LoadedExecutable> {
    if (program.length === 0) throw new XlaError('invalid-argument', 'the program is empty');
    const compile_options = compileOptionsProto(options);
    return this.during(async (client) => {
      const call = await this.api.callAsync('PJRT_Client_Compile', {
        client,
        program: programStruct(program, format),
        compile_options,
        compile_options_size: compile_options.length,
      });
      return LoadedExecutable.create(this.api, this, call.get('executable'));
    });
  }

  /** Does work while the plug-in's own profiler, where it has one that works, writes down what it does. */
  watched<R>(work: () => Promise<R>): Promise<Watched<R>> {
    return watched(this.api, work);
  }

  /** Takes up a program that was serialised, by the same plug-in for devices of the same kind. */
  async load(serialized: Uint8Array): Promise<LoadedExecutable> {
    return this.during(async (client) => {
      const call = await this.api.callAsync('PJRT_Executable_DeserializeAndLoad', {
        client,
        serialized_executable: serialized,
        serialized_executable_size: serialized.length,
      });
      return LoadedExecutable.create(this.api, this, call.get('loaded_executable'));
    });
  }
}

const EMPTY = new ArrayBuffer(8);

function requireProcess({ index, count }: ClientProcesses): void {
  requireCount('processes.count', count);
  if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
  throw new XlaError(
    'invalid-argument',
    `processes.index: expected a whole number from 0 to ${count - 1}, found ${index}`,
  );
}

function namedOptions(options: ClientOptions): Record<string, NamedValue | undefined> {
  const { memoryFraction, preallocate, visibleDevices, allocator, cpuDevices, processes, pluginOptions } = options;
  return {
    memory_fraction: memoryFraction === undefined ? undefined : new Float(memoryFraction),
    preallocate,
    visible_devices: visibleDevices,
    allocator,
    cpu_device_count: cpuDevices,
    node_id: processes?.index,
    num_nodes: processes?.count,
    ...pluginOptions,
  };
}
