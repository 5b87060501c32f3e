import { dataTypes } from './data-type.js';
import { elementCount, encodeTensor } from './host-tensor.js';
import { storedDataType, type TensorSource } from './tensor-source.js';

/**
 * A tensor's elements as a file stores them, wherever they are now.
 *
 * @throws TypeError when there are more or fewer than the shape says
 */
export async function tensorBytes(tensor: TensorSource): Promise<Uint8Array> {
  if (!('readBytes' in tensor)) return encodeTensor(tensor);
  const bytes = await tensor.readBytes();
  const expected = elementCount(tensor.shape) * dataTypes[storedDataType(tensor)].bytes;
  if (bytes.byteLength !== expected) {
    throw new TypeError(`a tensor of shape [${tensor.shape}] has ${bytes.byteLength} bytes, expected ${expected}`);
  }
  return bytes;
}
