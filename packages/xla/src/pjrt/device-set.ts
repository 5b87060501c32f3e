import { XlaError } from '../xla-error.js';
import { Device } from './device.js';
import type { PjrtApi } from './pjrt-api.js';
import { PjrtObject } from './pjrt-object.js';

/** The devices of a client, which buffers and programs belong to, and the order in which programs start on them. */
export abstract class DeviceSet extends PjrtObject {
  /** All of them, also those of other processes. */
  readonly devices: readonly Device[];
  readonly #devices: ReadonlyMap<bigint, Device>;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param address of the plug-in's client, which this one owns
   * @param then done when it is gone
   */
  protected constructor(api: PjrtApi, address: bigint, then?: () => void) {
    super({ api, kind: 'client', address, destroy: 'PJRT_Client_Destroy', field: 'client', slow: true, then });
    const call = api.call('PJRT_Client_Devices', { client: address });
    this.#devices = new Map(
      api
        .words(call.get('devices'), call.get('num_devices'))
        .map((device) => [device, new Device(api, device, () => void this.address)]),
    );
    this.devices = [...this.#devices.values()];
  }

  /** Those that this process may use. */
  get addressableDevices(): Device[] {
    return this.devices.filter(({ isAddressable }) => isAddressable);
  }

  /** The device at an address in the plug-in. */
  deviceAt(address: bigint): Device {
    const device = this.#devices.get(address);
    if (device === undefined) throw new XlaError('internal', 'the plug-in speaks of a device that it has not named');
    return device;
  }

  /** @throws XlaError `invalid-argument` where a device is another client's */
  requireOwn(device: Device): void {
    if (this.devices.includes(device)) return;
    throw new XlaError('invalid-argument', `device ${device.id} (${device.kind}) is another client's`);
  }

  /** Runs calls one after the other, in the order in which they were asked for: programs start in that order. */
  inOrder<R>(call: () => Promise<R>): Promise<R> {
    const result = this.#last.then(call);
    // The order is kept, what the calls gave is not.
    this.#last = result.then(
      () => {},
      () => {},
    );
    return result;
  }
}
