import { addressOf } from '@vjepa/native';
import { XlaError } from '../xla-error.js';
import type { CStruct, Memory } from './c-struct.js';
import type { Device } from './device.js';
import type { DeviceSet } from './device-set.js';
import { arrayBytes, type ElementType, typeOfNumber } from './element-type.js';
import { growing, type PjrtApi } from './pjrt-api.js';
import { TILED_LAYOUT } from './pjrt-functions.js';
import { PjrtObject } from './pjrt-object.js';

const TILED = 0;

/**
 * An array in a device's memory. It may not have been computed yet: whatever is asked of its values waits, and is
 * refused with the reason where their computation failed.
 */
export class Buffer extends PjrtObject {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly #client: DeviceSet;

  /** @param address of the plug-in's buffer, which this one owns */
  constructor(api: PjrtApi, client: DeviceSet, address: bigint) {
    super({ api, kind: 'buffer', address, destroy: 'PJRT_Buffer_Destroy', field: 'buffer', parent: client });
    this.#client = client;
    const dimensions = api.call('PJRT_Buffer_Dimensions', { buffer: address });
    this.shape = api.words(dimensions.get('dims'), dimensions.get('num_dims')).map(Number);
    this.type = typeOfNumber(api.call('PJRT_Buffer_ElementType', { buffer: address }).get('type'));
  }

  /** Where it is in the plug-in. */
  override get address(): bigint {
    return super.address;
  }

  /** Bytes of its values, without gaps. */
  get byteLength(): number {
    return arrayBytes(this.type, this.shape);
  }

  /** The device whose memory it is in. */
  get device(): Device {
    return this.#client.deviceAt(this.api.call('PJRT_Buffer_Device', { buffer: this.address }).get('device'));
  }

  /** Bytes that it takes on its device. */
  get deviceBytes(): number {
    return this.api.call('PJRT_Buffer_OnDeviceSizeInBytes', { buffer: this.address }).get('on_device_size_in_bytes');
  }

  /**
   * Resolves when its values are there.
   *
   * @throws XlaError why they could not be computed
   */
  async ready(): Promise<void> {
    return this.during((buffer) => this.api.finish(this.api.call('PJRT_Buffer_ReadyEvent', { buffer }).get('event')));
  }

  /**
   * Copies its values, in one copy from the device, into memory of yours or new.
   *
   * @param into at least {@link byteLength} bytes, which must not be used until the promise resolves
   * @returns the bytes, row after row, without gaps
   * @throws XlaError `invalid-argument` where `into` is too small; why the values could not be computed
   */
  async toHost(into: Memory = new ArrayBuffer(this.byteLength)): Promise<Uint8Array> {
    const bytes = this.byteLength;
    if (into.byteLength < bytes) {
      throw new XlaError(
        'invalid-argument',
        `${describe(this)} has ${bytes} bytes, and memory for ${into.byteLength} was given`,
      );
    }
    const memory = ArrayBuffer.isView(into)
      ? new Uint8Array(into.buffer, into.byteOffset, bytes)
      : new Uint8Array(into, 0, bytes);
    return this.during(async (src) => {
      if (bytes === 0) return memory;
      const host_layout = rowMajor(this.shape.length);
      const call = await this.api.callAsync('PJRT_Buffer_ToHostBuffer', {
        src,
        host_layout,
        dst: memory,
        dst_size: bytes,
      });
      await this.api.finish(call.get('event'));
      return memory;
    });
  }

  /** A copy on another device of the client. @throws XlaError `invalid-argument` where it is another client's */
  async copyTo(device: Device): Promise<Buffer> {
    this.#client.requireOwn(device);
    return this.during(async (buffer) => {
      const call = await this.api.callAsync('PJRT_Buffer_CopyToDevice', { buffer, dst_device: device.address });
      return new Buffer(this.api, this.#client, call.get('dst_buffer'));
    });
  }

  /** Whether its values are the very ones at an address of ours: nothing was copied. */
  sharesMemoryWith(memory: Memory): boolean {
    const own = this.api.call('PJRT_Buffer_UnsafePointer', { buffer: this.address }).get('buffer_pointer');
    return own === addressOf(memory);
  }

  /** Keeps the buffer, though its end be wanted, while a call works with it. */
  held<R>(call: (address: bigint) => Promise<R>): Promise<R> {
    return this.during(call);
  }
}

/** `f32[2,3]`. */
function describe({ type, shape }: { type: ElementType; shape: readonly number[] }): string {
  return `${type}[${shape.join(',')}]`;
}

function rowMajor(rank: number): CStruct<typeof TILED_LAYOUT> {
  const minorToMajor = BigInt64Array.from({ length: rank }, (_, i) => BigInt(rank - 1 - i));
  return growing(TILED_LAYOUT, {
    tiled_struct_size: 7 * 8,
    minor_to_major: minorToMajor,
    minor_to_major_size: rank,
    type: TILED,
  });
}
