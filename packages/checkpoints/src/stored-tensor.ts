import { type DataType, dataTypes, type TensorData } from './data-type.js';
import { widenBfloat16, widenFloat16 } from './half-precision.js';
import { elementCount, type HostTensor } from './host-tensor.js';

/** A tensor in a file. Its elements are read when asked for, and again each time. */
export interface StoredTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Bytes of its elements in the file's own type. */
  readonly byteLength: number;
  /** The elements, row-major: float16 and bfloat16 widened to float32, bool as bytes 0 and 1. */
  read(): Promise<TensorData>;
  /** The elements as float32, whatever their type. Throws a RangeError for 64-bit integers beyond ±2^53. */
  readFloat32(): Promise<Float32Array>;
  /** The elements as the file stores them: little-endian, row-major, in `dtype`. */
  readBytes(): Promise<Uint8Array>;
}

/**
 * A stored tensor over any source of bytes.
 *
 * @param readBytes gives elementCount(shape) elements, little-endian and row-major
 */
export function storedTensor(
  dtype: DataType,
  shape: readonly number[],
  readBytes: () => Promise<Uint8Array>,
): StoredTensor {
  const read = async () => decodeTensor(await readBytes(), dtype);
  return {
    dtype,
    shape,
    byteLength: elementCount(shape) * dataTypes[dtype].bytes,
    read,
    readBytes,
    readFloat32: async () => toFloat32(await read()),
  };
}

/** Reads a stored tensor into memory, with `shape` and `data`. */
export async function readHostTensor(tensor: StoredTensor): Promise<HostTensor> {
  return { shape: [...tensor.shape], data: await tensor.read() };
}

function decodeTensor(bytes: Uint8Array, dtype: DataType): TensorData {
  const length = bytes.byteLength / dataTypes[dtype].bytes;
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float16':
      return widenFloat16(new Uint16Array(buffer, byteOffset, length));
    case 'bfloat16':
      return widenBfloat16(new Uint16Array(buffer, byteOffset, length));
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'int16':
      return new Int16Array(buffer, byteOffset, length);
    case 'int8':
      return new Int8Array(buffer, byteOffset, length);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, length);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'uint8':
    case 'bool':
      return aligned;
    case 'complex32':
    case 'complex64':
    case 'complex128':
      throw new TypeError(`elements of type ${dtype} cannot be decoded: save torch.view_as_real(tensor) instead`);
    default:
      throw new TypeError(`elements of type ${dtype} cannot be decoded: convert the file to float32 or bfloat16 first`);
  }
}

function toFloat32(data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, safeNumber);
  return Float32Array.from(data);
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`integer ${value} is beyond ±2^53: read it as it is stored`);
  return number;
}
