import { bytesPerElement, DataType } from '@vjepa/trace';

/** Elements in the layout of a TensorFlow type. */
export function encodeElements(dtype: number, values: ArrayLike<number>): ArrayBufferView {
  switch (dtype) {
    case DataType.FLOAT:
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case DataType.INT32:
      return values instanceof Int32Array ? values : Int32Array.from(values);
    case DataType.INT64:
      return BigInt64Array.from(Array.from(values), BigInt);
    case DataType.BOOL:
    case DataType.UINT8:
      return Uint8Array.from(values);
    case DataType.BFLOAT16:
      return Uint16Array.from(Float32Array.from(values), toBfloat16);
    default:
      throw new Error(`constants of TensorFlow type ${dtype} (${bytesPerElement(dtype)} bytes) are not supported`);
  }
}

const word = new DataView(new ArrayBuffer(4));

/** Round to nearest, ties to even. */
function toBfloat16(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
