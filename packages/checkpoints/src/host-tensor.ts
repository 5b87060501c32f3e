import { type DataType, dataTypeOf, dataTypes, type TensorData } from './data-type.js';
import { narrowToBfloat16, narrowToFloat16 } from './half-precision.js';

/** A tensor in memory: row-major elements and the shape they have. */
export interface HostTensor {
  shape: number[];
  data: TensorData;
  /**
   * How a file should store the elements, where that is not the array's own type: 'float16' or 'bfloat16' for a
   * Float32Array, 'bool' for a Uint8Array.
   */
  dtype?: DataType;
}

/** The product of a shape's lengths; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1);
}

/**
 * A host tensor's elements as a file stores them: little-endian, row-major.
 *
 * @throws TypeError when shape and data disagree, or the data cannot become the wanted type
 */
export function encodeTensor(tensor: HostTensor): Uint8Array {
  const { data, shape } = tensor;
  if (elementCount(shape) !== data.length) {
    throw new TypeError(
      `a tensor of shape [${shape}] has ${data.length} elements, expected ${elementCount(shape)}: correct its shape`,
    );
  }
  const encoded = convert(data, tensor.dtype ?? dataTypeOf(data));
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

function convert(data: TensorData, dtype: DataType): TensorData {
  if (dtype === dataTypeOf(data)) return data;
  if (dtype === 'bool' && data instanceof Uint8Array) return data;
  if (dtype === 'bfloat16' && data instanceof Float32Array) return narrowToBfloat16(data);
  if (dtype === 'float16' && data instanceof Float32Array) return narrowToFloat16(data);
  throw new TypeError(
    `cannot store a ${data.constructor.name} as ${dtype}: expected ${expectedArray(dtype)}, convert the data first`,
  );
}

function expectedArray(dtype: DataType): string {
  if (dtype === 'bool') return 'a Uint8Array of 0 and 1';
  if (dataTypes[dtype].bytes === 2 && dtype.includes('float')) return 'a Float32Array';
  return `an array of type ${dtype}`;
}
