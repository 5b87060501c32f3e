/** Elements that a tensor in ordinary memory may have. */
export type HostData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** A tensor in ordinary memory: row-major elements and their shape. */
export interface HostTensor<Data extends HostData = HostData> {
  shape: number[];
  data: Data;
}

/** A tensor of float32 in ordinary memory: parameters, moments, what initialisers write. */
export type FloatTensor = HostTensor<Float32Array>;

/** The number in a tensor of one element. */
export function scalarOf(tensor: HostTensor): number {
  return Number(tensor.data[0]);
}
