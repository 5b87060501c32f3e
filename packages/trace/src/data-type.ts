/** TensorFlow's element types (`TF_DataType` of tf_datatype.h), as they stand in tensors, attributes and GraphDefs. */
export const DataType = {
  FLOAT: 1,
  DOUBLE: 2,
  INT32: 3,
  UINT8: 4,
  INT16: 5,
  INT8: 6,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  UINT16: 17,
  COMPLEX128: 18,
  HALF: 19,
  RESOURCE: 20,
  VARIANT: 21,
  UINT32: 22,
  UINT64: 23,
} as const;

export type DataType = (typeof DataType)[keyof typeof DataType];

const BYTES: Record<DataType, number> = {
  [DataType.FLOAT]: 4,
  [DataType.DOUBLE]: 8,
  [DataType.INT32]: 4,
  [DataType.UINT8]: 1,
  [DataType.INT16]: 2,
  [DataType.INT8]: 1,
  // sizeof(TF_TString): 24 bytes on every 64-bit platform, short strings live inside.
  [DataType.STRING]: 24,
  [DataType.COMPLEX64]: 8,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
  [DataType.BFLOAT16]: 2,
  [DataType.UINT16]: 2,
  [DataType.COMPLEX128]: 16,
  [DataType.HALF]: 2,
  [DataType.RESOURCE]: 0,
  [DataType.VARIANT]: 0,
  [DataType.UINT32]: 4,
  [DataType.UINT64]: 8,
};

/** Bytes one element takes in a tensor's memory; 0 for handles, which have no memory of their own. */
export function bytesPerElement(dtype: number): number {
  const bytes = BYTES[dtype as DataType];
  if (bytes === undefined) {
    throw new Error(`TensorFlow element type ${dtype} is not one this package knows (${Object.values(DataType)})`);
  }
  return bytes;
}

/** The element type's name in TensorFlow's own spelling, for messages: `FLOAT`, `INT32`, … */
export function dataTypeName(dtype: number): string {
  return Object.entries(DataType).find(([, value]) => value === dtype)?.[0] ?? `type ${dtype}`;
}
