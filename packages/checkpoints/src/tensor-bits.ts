import { type DataType, dataTypes } from './data-type.js';

/** What PyTorch keeps of a lazy view beside its elements. */
export interface TensorBits {
  /** The elements stand for their negatives. */
  neg?: boolean;
  /** The elements stand for their complex conjugates. */
  conj?: boolean;
}

/**
 * Carries out in place what the bits say.
 *
 * @param bytes elements of the type, little-endian, from a multiple of 8 bytes on in their memory
 */
export function resolveBits(bytes: Uint8Array, dtype: DataType, { neg = false, conj = false }: TensorBits): void {
  if (neg && /^u?int/.test(dtype)) negateIntegers(bytes, dtype);
  else if (dtype.startsWith('complex')) {
    const width = dataTypes[dtype].bytes / 2;
    if (neg) flipSigns(bytes, width - 1, 2 * width);
    if (neg !== conj) flipSigns(bytes, 2 * width - 1, 2 * width);
  } else if (neg) flipSigns(bytes, dataTypes[dtype].bytes - 1, dataTypes[dtype].bytes);
}

/** Every floating point type has its sign in the highest bit. */
function flipSigns(bytes: Uint8Array, first: number, step: number): void {
  for (let at = first; at < bytes.length; at += step) bytes[at]! ^= 0x80;
}

/** Two's complement, as PyTorch negates; unsigned types wrap around alike. */
function negateIntegers({ buffer, byteOffset, byteLength }: Uint8Array, dtype: DataType): void {
  const width = dataTypes[dtype].bytes;
  if (width === 8) {
    const values = new BigInt64Array(buffer, byteOffset, byteLength / 8);
    for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
    return;
  }
  const Integers = width === 1 ? Int8Array : width === 2 ? Int16Array : Int32Array;
  const values = new Integers(buffer as ArrayBuffer, byteOffset, byteLength / width);
  for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
}
