import { DataType } from './data-type.js';

/** A tensor in ordinary memory: row-major elements and their shape. */
export interface HostTensor {
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array | BigInt64Array;
}

/**
 * A tensor whose elements are made or read when they are needed, so that a large state need not lie in memory twice.
 * Elements are float32 unless `dtype` says otherwise.
 */
export interface LazyTensor {
  shape: number[];
  dtype?: 'float32' | 'int32';
  data: () => HostTensor['data'] | Promise<HostTensor['data']>;
}

export function isLazy(tensor: HostTensor | LazyTensor): tensor is LazyTensor {
  return typeof tensor.data === 'function';
}

/** The element type TensorFlow gives to data of this kind. */
export function dataTypeOf(data: HostTensor['data']): number {
  if (data instanceof Float32Array) return DataType.FLOAT;
  if (data instanceof Int32Array) return DataType.INT32;
  if (data instanceof BigInt64Array) return DataType.INT64;
  return DataType.UINT8;
}

/** Bytes of a tensor as a HostTensor. */
export function toHostTensor(dtype: number, shape: number[], bytes: ArrayBuffer): HostTensor {
  if (dtype === DataType.FLOAT) return { shape, data: new Float32Array(bytes) };
  if (dtype === DataType.INT32) return { shape, data: new Int32Array(bytes) };
  if (dtype === DataType.INT64) return { shape, data: new BigInt64Array(bytes) };
  if (dtype === DataType.BOOL || dtype === DataType.UINT8) return { shape, data: new Uint8Array(bytes) };
  throw new Error(`elements of TensorFlow type ${dtype} have no host representation`);
}
