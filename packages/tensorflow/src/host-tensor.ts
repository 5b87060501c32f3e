import type { HostTensor } from '@vjepa/engine';
import { DataType } from '@vjepa/trace';
import { TensorFlowError } from './tensorflow-error.js';

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

/**
 * Refuses what is no tensor in ordinary memory, before its bytes are taken for elements of another type.
 *
 * @param what names it: `input 'x'`
 * @throws TensorFlowError `invalid-argument` naming it, what was found and what is expected
 */
export function requireHostTensor(what: string, value: unknown): asserts value is HostTensor {
  const { shape, data } = (value ?? {}) as Partial<Record<keyof HostTensor, unknown>>;
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!isShape) throw refusal(what, Array.isArray(shape) ? `one of shape [${shape}]` : kindOf(value));
  if (!elementTypes.some((type) => data instanceof type)) throw refusal(what, `one whose data is ${kindOf(data)}`);
  const elements = shape.reduce((product: number, size: number) => product * size, 1);
  const found = (data as HostTensor['data']).length;
  if (found !== elements)
    throw refusal(what, `one of shape [${shape}], ${elements} elements, with ${found} in its data`);
}

const elementTypes = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray, BigInt64Array] as const;

function refusal(what: string, found: string): TensorFlowError {
  const expected = '{ shape, data } with data a Float32Array, Int32Array, Uint8Array or BigInt64Array';
  return new TensorFlowError('invalid-argument', `${what}: expected a tensor ${expected}, found ${found}`);
}

/** E.g. `undefined`, `a string`, `a Float64Array`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
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
