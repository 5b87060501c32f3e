import type { HostTensor } from '@vjepa/engine';
import { DataType, dataTypeOf, joinParts, partOf, toHostTensor } from '@vjepa/trace';
import type { Buffer } from './pjrt/buffer.js';
import type { Client } from './pjrt/client.js';
import type { Device } from './pjrt/device.js';
import { elementTypeName } from './stablehlo/element-type.js';
import { type Mesh, pieceAt, piecesOf, type Sharding } from './stablehlo/sharding.js';

/** What lies on each device under one name, in the devices' order: all of a tensor, or a piece. */
export type OnDevices = readonly Buffer[];

/** Copies a tensor to devices, cut as they are to have it. */
export function toDevices(
  { shape, data }: HostTensor,
  { client, devices }: { client: Client; devices: readonly Device[] },
  mesh: Mesh,
  sharding: Sharding | undefined,
): Promise<OnDevices> {
  const pieces = piecesOf(mesh, sharding);
  const type = elementTypeName(dataTypeOf(data));
  return allOrNone(
    devices.map((device, i) => {
      const whole = { shape: [...shape], data };
      const own = sharding === undefined ? whole : partOf(whole, sharding.axis, pieceAt(mesh, sharding, i), pieces);
      return client.toDevice(own.data, { type, shape: own.shape }, { device });
    }),
  );
}

/** Of all devices' buffers, the tensor. */
export async function toHost(
  buffers: OnDevices,
  dtype: number,
  mesh: Mesh,
  sharding: Sharding | undefined,
): Promise<HostTensor> {
  const one = async (buffer: Buffer) => {
    const bytes = await buffer.toHost(new ArrayBuffer(buffer.byteLength));
    // A truth value is a byte.
    const type = dtype === DataType.BOOL ? DataType.UINT8 : dtype;
    return toHostTensor(type, [...buffer.shape], bytes.buffer as ArrayBuffer);
  };
  if (sharding === undefined) return one(buffers[0]!);
  const pieces = Array.from({ length: piecesOf(mesh, sharding) }, (_, piece) =>
    buffers.find((_, device) => pieceAt(mesh, sharding, device) === piece),
  );
  return joinParts(await Promise.all(pieces.map((buffer) => one(buffer!))), sharding.axis);
}

/** What all copies have made; of those that succeed where one fails, nothing is kept. */
export async function allOrNone<T extends Buffer | OnDevices>(copies: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(copies);
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return made;
  disposeAll(made.flat() as Buffer[]);
  throw failed.reason;
}

export function disposeAll(buffers: Iterable<Buffer>): void {
  for (const buffer of buffers) if (!buffer.isDisposed) void buffer.dispose();
}
