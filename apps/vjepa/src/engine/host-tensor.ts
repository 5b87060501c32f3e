/** Numbers a tensor can hold on the host. */
export type HostData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** A tensor's values in ordinary memory, row-major. */
export interface HostTensor {
  shape: number[];
  data: HostData;
}

/** The single number in a tensor of one element. */
export function scalarOf(tensor: HostTensor): number {
  return Number(tensor.data[0]);
}
