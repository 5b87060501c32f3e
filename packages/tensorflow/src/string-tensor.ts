import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';
import { bytesPerElement, DataType } from '@vjepa/trace';
import type { CApi, Pointer } from './c-api.js';

/**
 * A `TF_Tensor` of strings. It is made from a TensorProto, because TensorFlow then owns the strings and frees them
 * with the last tensor that shares them; strings written into a bare tensor's memory would have to be freed by hand,
 * at a moment nobody outside TensorFlow knows.
 */
export function createStringTensor(
  tf: CApi,
  shape: readonly number[],
  strings: Uint8Array[],
  status: Pointer,
): Pointer {
  const proto = stringTensorProto(shape, strings);
  const buffer = tf.TF_NewBufferFromString(proto, proto.length);
  const dims = new BigInt64Array(1);
  const tensor = tf.TF_AllocateTensor(DataType.FLOAT, dims, 1, 0);
  try {
    tf.TF_TensorFromProto(buffer, tensor, status);
    tf.check(status, 'creating a tensor of strings');
    return tensor;
  } catch (error) {
    tf.TF_DeleteTensor(tensor);
    throw error;
  } finally {
    tf.TF_DeleteBuffer(buffer);
  }
}

/** TensorProto: dtype 1, tensor_shape 2 (dim 2 (size 1)), string_val 8. */
function stringTensorProto(shape: readonly number[], strings: Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter().tag(1, VARINT).int32(DataType.STRING).tag(2, MESSAGE).fork();
  for (const size of shape) writer.tag(2, MESSAGE).fork().tag(1, VARINT).int64(size).join();
  writer.join();
  for (const string of strings) writer.tag(8, MESSAGE).bytes(string);
  return writer.finish();
}

/** Copies the strings of a `TF_Tensor` out. */
export function readStringTensor(tf: CApi, tensor: Pointer): Uint8Array[] {
  const data = tf.TF_TensorData(tensor);
  const stride = BigInt(bytesPerElement(DataType.STRING));
  return Array.from({ length: Number(tf.TF_TensorElementCount(tensor)) }, (_, index) => {
    const string = data + BigInt(index) * stride;
    const bytes = new Uint8Array(Number(tf.TF_StringGetSize(string)));
    tf.copy(bytes, tf.TF_StringGetDataPointer(string), bytes.length);
    return bytes;
  });
}
