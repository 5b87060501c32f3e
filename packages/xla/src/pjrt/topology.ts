import { type CompileOptions, compileOptionsProto } from './compile-options.js';
import { type DeviceDescription, readDescription } from './device.js';
import { Executable } from './executable.js';
import { encodeNamedValues } from './named-value.js';
import type { PjrtApi } from './pjrt-api.js';
import { PjrtObject } from './pjrt-object.js';
import { type ProgramFormat, programStruct } from './program.js';

/** Devices that need not be there. */
export interface TopologyOptions {
  /** What a device is: XLA's `GpuTargetConfigProto` as text. */
  targetConfig: string;
  /** How many there are: partitions of the network, hosts in each, devices of each. Default: one device. */
  shape?: readonly [partitions: number, hosts: number, devices: number] | undefined;
}

/** Devices to compile for, without having them. */
export class Topology extends PjrtObject {
  readonly devices: readonly DeviceDescription[];

  private constructor(api: PjrtApi, address: bigint) {
    super({ api, kind: 'topology', address, destroy: 'PJRT_TopologyDescription_Destroy', field: 'topology' });
    const call = api.call('PJRT_TopologyDescription_GetDeviceDescriptions', { topology: address });
    this.devices = api
      .words(call.get('descriptions'), call.get('num_descriptions'))
      .map((description) => readDescription(api, description));
  }

  /** @throws XlaError `unimplemented` where a plug-in compiles only for devices that are there, as that for CPUs */
  static async create(api: PjrtApi, { targetConfig, shape = [1, 1, 1] }: TopologyOptions): Promise<Topology> {
    const { memory, count } = encodeNamedValues({ target_config: targetConfig, topology: shape.join('x') });
    const call = await api.callAsync('PJRT_TopologyDescription_Create', {
      topology_name: EMPTY,
      create_options: memory,
      num_options: count,
    });
    return new Topology(api, call.get('topology'));
  }

  /**
   * Compiles a program for these devices: what it costs and takes is known then, and it can be serialised for a client
   * that has such devices.
   *
   * @throws XlaError the compiler's own words
   */
  async compile(
    program: string | Uint8Array,
    { format = 'mlir', ...options }: CompileOptions & { format?: ProgramFormat | undefined } = {},
  ): Promise<Executable> {
    const compile_options = compileOptionsProto(options);
    return this.during(async (topology) => {
      const call = await this.api.callAsync('PJRT_Compile', {
        topology,
        program: programStruct(program, format),
        compile_options,
        compile_options_size: compile_options.length,
      });
      return new Executable(this.api, call.get('executable'));
    });
  }
}

const EMPTY = new ArrayBuffer(8);
