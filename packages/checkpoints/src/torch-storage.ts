import type { DataType } from './data-type.js';
import { dataTypes } from './data-type.js';
import { elementCount } from './host-tensor.js';
import { PickleProblem } from './pickle-problem.js';
import { type StoredTensor, storedTensor } from './stored-tensor.js';
import { resolveBits, type TensorBits } from './tensor-bits.js';

/** A run of elements in a file, of which tensors are views. */
export interface TorchStorage {
  /** What the file says its elements are; untyped storages hold bytes. */
  readonly storageType: DataType | 'untyped';
  readonly bytes: number;
  /** Numbers have their highest byte first. */
  readonly bigEndian: boolean;
  readRange(start: number, length: number): Promise<Uint8Array>;
}

/** Whether a value of a pickle is a storage. */
export function isTorchStorage(value: unknown): value is TorchStorage {
  return typeof value === 'object' && value !== null && 'storageType' in value;
}

interface View {
  dtype: DataType;
  /** In elements. */
  offset: number;
  shape: readonly number[];
  /** In elements. */
  stride: readonly number[];
  bits?: TensorBits;
}

/**
 * The tensor that views a storage at an offset with strides; what lies between its elements is left out on reading.
 *
 * @throws PickleProblem when the view leads beyond the storage
 */
export function viewStorage(storage: TorchStorage, { dtype, offset, shape, stride, bits = {} }: View): StoredTensor {
  const width = dataTypes[dtype].bytes;
  const count = elementCount(shape);
  const span = count === 0 ? 0 : 1 + shape.reduce((last, length, axis) => last + (length - 1) * stride[axis]!, 0);
  if (!Number.isSafeInteger(count) || !((offset + span) * width <= storage.bytes)) {
    throw new PickleProblem(
      `a tensor of shape [${shape}], stride [${stride}] and offset ${offset} leads beyond its storage of ` +
        `${storage.bytes} bytes`,
    );
  }
  // Strides of 0 repeat elements: a small file could ask for any amount of memory.
  if (count > 2 ** 16 && count > 1024 * span) {
    throw new PickleProblem(`a tensor of shape [${shape}] repeats ${span} stored elements`);
  }
  return storedTensor(dtype, shape, async () => {
    const stored = await storage.readRange(offset * width, span * width);
    const elements = isContiguous(shape, stride) ? stored : gather(stored, width, shape, stride, count);
    if (!(storage.bigEndian || bits.neg || bits.conj)) return elements;
    const copy = Uint8Array.from(elements);
    if (storage.bigEndian) reverseBytes(copy, dtype.startsWith('complex') ? width / 2 : width);
    resolveBits(copy, dtype, bits);
    return copy;
  });
}

/** Turns numbers of so many bytes from one byte order to the other. */
function reverseBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return elementCount(shape) === 0;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a view's elements in row-major order. */
function gather(
  bytes: Uint8Array,
  width: number,
  shape: readonly number[],
  stride: readonly number[],
  count: number,
): Uint8Array {
  const result = new Uint8Array(count * width);
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < width; byte++) result[element * width + byte] = bytes[source * width + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += stride[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      source -= shape[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
