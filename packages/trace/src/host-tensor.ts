import type { HostTensor } from '@vjepa/engine';
import { DataType, dataTypeName } from './data-type.js';

/**
 * A tensor whose elements are made or read when they are needed, so that a large state need not lie in memory twice.
 * Elements are float32 unless `dtype` says otherwise.
 */
export interface LazyTensor {
  shape: number[];
  dtype?: 'float32' | 'int32';
  data: () => HostTensor['data'] | Promise<HostTensor['data']>;
}

/** Whether a tensor's elements are still to be made. */
export function isLazy(tensor: HostTensor | LazyTensor): tensor is LazyTensor {
  return typeof tensor.data === 'function';
}

/** Makes an engine's own error of what is wrong with an argument, in words. */
export type Refusal = (message: string) => Error;

/**
 * Refuses what is no tensor in ordinary memory, before its bytes are taken for elements of another type.
 *
 * @param what names it: `input 'x'`
 * @throws what `refusal` makes of what was found and what is expected
 */
export function requireHostTensor(what: string, value: unknown, refusal: Refusal): asserts value is HostTensor {
  const { shape, data } = (value ?? {}) as Partial<Record<keyof HostTensor, unknown>>;
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  const refuse = (found: string) => refusal(`${what}: expected a tensor ${EXPECTED}, found ${found}`);
  if (!isShape) throw refuse(Array.isArray(shape) ? `one of shape [${shape}]` : kindOf(value));
  if (!elementTypes.some((type) => data instanceof type)) throw refuse(`one whose data is ${kindOf(data)}`);
  const elements = shape.reduce((product: number, size: number) => product * size, 1);
  const found = (data as HostTensor['data']).length;
  if (found !== elements) {
    throw refuse(`one of shape [${shape}], ${elements} elements, with ${found} in its data`);
  }
}

const elementTypes = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray, BigInt64Array] as const;

const EXPECTED = '{ shape, data } with data a Float32Array, Int32Array, Uint8Array or BigInt64Array';

/** E.g. `undefined`, `a string`, `a Float64Array`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** The element type of data of this kind. */
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
  throw new Error(`elements of type ${dataTypeName(dtype)} have no form in ordinary memory`);
}
