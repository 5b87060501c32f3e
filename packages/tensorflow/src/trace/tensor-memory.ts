import { bytesPerElement } from '@vjepa/trace';
import type { CApi, Pointer } from '../c-api.js';

/** A TF_Tensor with a copy of host data. The caller deletes it. */
export function hostTensor(api: CApi, dtype: number, shape: readonly number[], data: ArrayBufferView): Pointer {
  const bytes = checkSize(dtype, shape, data);
  const tensor = api.TF_AllocateTensor(dtype, BigInt64Array.from(shape, BigInt), shape.length, bytes);
  if (bytes > 0) {
    new Uint8Array(api.view(api.TF_TensorData(tensor), bytes)).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }
  return tensor;
}

/** Bytes of a tensor; throws if the data has another number of them. */
export function checkSize(dtype: number, shape: readonly number[], data: ArrayBufferView): number {
  const bytes = shape.reduce((product, size) => product * size, 1) * bytesPerElement(dtype);
  if (data.byteLength === bytes) return bytes;
  throw new Error(`a tensor of shape [${shape}] takes ${bytes} bytes, the data has ${data.byteLength}`);
}

/** Shape, element type and a copy of the bytes of a TF_Tensor, which stays the caller's. */
export function readTensor(api: CApi, tensor: Pointer): { dtype: number; shape: number[]; bytes: ArrayBuffer } {
  const shape = Array.from({ length: api.TF_NumDims(tensor) }, (_, i) => Number(api.TF_Dim(tensor, i)));
  const size = Number(api.TF_TensorByteSize(tensor));
  const bytes = size > 0 ? api.view(api.TF_TensorData(tensor), size).slice(0) : new ArrayBuffer(0);
  return { dtype: api.TF_TensorType(tensor), shape, bytes };
}
