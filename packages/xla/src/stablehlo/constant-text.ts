import { DataType } from '@vjepa/trace';
import { isFloat } from './element-type.js';

/** More elements than these are written as their bytes. */
const MOST_READABLE = 64;

/**
 * The elements of a constant as StableHLO writes them: `dense<1.0>`, `dense<[0, 2]>`.
 *
 * @param values row after row, or one that stands for all
 */
export function constantText(values: ArrayLike<number>, dtype: number, shape: readonly number[]): string {
  if (values.length === 0) return 'dense<>';
  if (values.length === 1) return `dense<${elementText(values[0]!, dtype)}>`;
  if (values.length > MOST_READABLE && dtype !== DataType.BOOL) {
    const bytes = bytesOf(values, dtype);
    if (bytes !== undefined) return `dense<"0x${bytes.toString('hex').toUpperCase()}">`;
  }
  return `dense<${nested(values, dtype, shape, { at: 0 })}>`;
}

function bytesOf(values: ArrayLike<number>, dtype: number): Buffer | undefined {
  const array = typedArray(values, dtype);
  return array && Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

function typedArray(values: ArrayLike<number>, dtype: number): Float32Array | Int32Array | undefined {
  if (dtype === DataType.FLOAT) return values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === DataType.INT32) return values instanceof Int32Array ? values : Int32Array.from(values);
  return undefined;
}

function nested(values: ArrayLike<number>, dtype: number, shape: readonly number[], place: { at: number }): string {
  const [size, ...inner] = shape;
  if (size === undefined) return elementText(values[place.at++]!, dtype);
  return `[${Array.from({ length: size }, () => nested(values, dtype, inner, place)).join(', ')}]`;
}

/** A literal that is read as the very number: floats have a point, what is not finite its bits, complex numbers two parts. */
function elementText(value: number, dtype: number): string {
  if (dtype === DataType.BOOL) return value === 0 ? 'false' : 'true';
  if (dtype === DataType.COMPLEX64) return `(${elementText(value, DataType.FLOAT)}, 0.0)`;
  if (!isFloat(dtype)) return String(value);
  if (!Number.isFinite(value)) return bitsText(value, dtype);
  if (Object.is(value, -0)) return '-0.0';
  const [digits, exponent] = String(value).split('e') as [string, string | undefined];
  const point = digits.includes('.') ? digits : `${digits}.0`;
  return exponent === undefined ? point : `${point}e${exponent}`;
}

/** The bits of a number that is not finite: float32's, or their first half, which are bfloat16's. */
function bitsText(value: number, dtype: number): string {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer);
  if (dtype === DataType.FLOAT) return `0x${bits!.toString(16).toUpperCase().padStart(8, '0')}`;
  if (dtype === DataType.BFLOAT16) return `0x${(bits! >>> 16).toString(16).toUpperCase().padStart(4, '0')}`;
  throw new Error(`${value} is not written for elements of type ${dtype}`);
}
