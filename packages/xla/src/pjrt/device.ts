import type { CStruct } from './c-struct.js';
import { decodeNamedValues } from './named-value.js';
import { orUndefined, type PjrtApi } from './pjrt-api.js';
import type { FUNCTIONS } from './pjrt-functions.js';

/** What a device is, whether or not it is there. */
export interface DeviceDescription {
  /** Unique among all devices, also those of other processes. Programs are assigned to devices by it. */
  readonly id: number;
  /** Of the process that may use it. */
  readonly processIndex: number;
  /** Its maker's name for its kind, e.g. `NVIDIA H200`. */
  readonly kind: string;
  /** What the plug-in says of it beyond, e.g. `compute_capability`, `coords`. */
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly number[]>>;
}

/** Reads a `PJRT_DeviceDescription`. */
export function readDescription(api: PjrtApi, device_description: bigint): DeviceDescription {
  const given = { device_description };
  const kind = api.call('PJRT_DeviceDescription_Kind', given);
  const attributes = api.call('PJRT_DeviceDescription_Attributes', given);
  return {
    id: api.call('PJRT_DeviceDescription_Id', given).get('id'),
    processIndex: api.call('PJRT_DeviceDescription_ProcessIndex', given).get('process_index'),
    kind: api.text(kind.get('device_kind'), kind.get('device_kind_size')),
    attributes: decodeNamedValues(api, attributes.get('attributes'), attributes.get('num_attributes')),
  };
}

/** Memory of a device and of what divides it among buffers, in bytes; what the plug-in does not tell is undefined. */
export interface DeviceMemory {
  bytesInUse: number;
  peakBytesInUse: number | undefined;
  /** What may be in use at most. */
  bytesLimit: number | undefined;
  largestAllocation: number | undefined;
  largestFreeBlock: number | undefined;
  /** Held of the device, in use or not. */
  poolBytes: number | undefined;
  peakPoolBytes: number | undefined;
  allocations: number | undefined;
}

/** A device of a client. It lives as long as the client. */
export class Device implements DeviceDescription {
  readonly id: number;
  readonly processIndex: number;
  readonly kind: string;
  readonly attributes: DeviceDescription['attributes'];
  /** Its number with the driver, e.g. CUDA's; -1 where it has none. */
  readonly localHardwareId: number;
  /** Whether this process may use it. */
  readonly isAddressable: boolean;
  readonly #api: PjrtApi;
  readonly #address: bigint;
  readonly #client: () => void;

  /** @param requireClient throws where the client is gone, and the device with it */
  constructor(api: PjrtApi, address: bigint, requireClient: () => void) {
    this.#api = api;
    this.#address = address;
    this.#client = requireClient;
    const description = api.call('PJRT_Device_GetDescription', { device: address }).get('device_description');
    const { id, processIndex, kind, attributes } = readDescription(api, description);
    this.id = id;
    this.processIndex = processIndex;
    this.kind = kind;
    this.attributes = attributes;
    this.isAddressable = api.call('PJRT_Device_IsAddressable', { device: address }).get('is_addressable');
    this.localHardwareId = api.call('PJRT_Device_LocalHardwareId', { device: address }).get('local_hardware_id');
  }

  /** Where it is in the plug-in. */
  get address(): bigint {
    this.#client();
    return this.#address;
  }

  /** @returns undefined where the plug-in keeps no account, as on a CPU */
  memory(): DeviceMemory | undefined {
    const stats = orUndefined(() => this.#api.call('PJRT_Device_MemoryStats', { device: this.address }));
    return stats && readMemory(stats);
  }
}

function readMemory(stats: CStruct<(typeof FUNCTIONS)['PJRT_Device_MemoryStats']>): DeviceMemory {
  const ifSet = (name: Optional) => (stats.get(`${name}_is_set`) ? stats.get(name) : undefined);
  return {
    bytesInUse: stats.get('bytes_in_use'),
    peakBytesInUse: ifSet('peak_bytes_in_use'),
    bytesLimit: ifSet('bytes_limit'),
    largestAllocation: ifSet('largest_alloc_size'),
    largestFreeBlock: ifSet('largest_free_block_bytes'),
    poolBytes: ifSet('pool_bytes'),
    peakPoolBytes: ifSet('peak_pool_bytes'),
    allocations: ifSet('num_allocs'),
  };
}

type Optional =
  | 'peak_bytes_in_use'
  | 'bytes_limit'
  | 'largest_alloc_size'
  | 'largest_free_block_bytes'
  | 'pool_bytes'
  | 'peak_pool_bytes'
  | 'num_allocs';
