/** How a file stores a tensor's elements. */
export type DataType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool'
  | 'complex128'
  | 'complex64'
  | 'complex32'
  | 'float8_e4m3fn'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'float8_e5m2';

/** What a tensor's elements become in memory: half types widen to float32, booleans are bytes 0 and 1. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** A type's size, and its names in both formats. */
export interface DataTypeNames {
  /** Bytes per element. */
  bytes: number;
  /** The type's code in a safetensors header; the format lacks some. */
  safetensors?: string;
  /** The type's storage class in `torch`; types younger than storage classes have none. */
  torchStorage?: string;
}

/** Every type this package knows, with its names in both file formats. */
export const dataTypes: Readonly<Record<DataType, DataTypeNames>> = {
  float64: { bytes: 8, safetensors: 'F64', torchStorage: 'DoubleStorage' },
  float32: { bytes: 4, safetensors: 'F32', torchStorage: 'FloatStorage' },
  float16: { bytes: 2, safetensors: 'F16', torchStorage: 'HalfStorage' },
  bfloat16: { bytes: 2, safetensors: 'BF16', torchStorage: 'BFloat16Storage' },
  int64: { bytes: 8, safetensors: 'I64', torchStorage: 'LongStorage' },
  int32: { bytes: 4, safetensors: 'I32', torchStorage: 'IntStorage' },
  int16: { bytes: 2, safetensors: 'I16', torchStorage: 'ShortStorage' },
  int8: { bytes: 1, safetensors: 'I8', torchStorage: 'CharStorage' },
  uint64: { bytes: 8, safetensors: 'U64' },
  uint32: { bytes: 4, safetensors: 'U32' },
  uint16: { bytes: 2, safetensors: 'U16' },
  uint8: { bytes: 1, safetensors: 'U8', torchStorage: 'ByteStorage' },
  bool: { bytes: 1, safetensors: 'BOOL', torchStorage: 'BoolStorage' },
  complex128: { bytes: 16, torchStorage: 'ComplexDoubleStorage' },
  complex64: { bytes: 8, safetensors: 'C64', torchStorage: 'ComplexFloatStorage' },
  complex32: { bytes: 4 },
  float8_e4m3fn: { bytes: 1, safetensors: 'F8_E4M3' },
  float8_e5m2: { bytes: 1, safetensors: 'F8_E5M2' },
  float8_e4m3fnuz: { bytes: 1, safetensors: 'F8_E4M3FNUZ' },
  float8_e5m2fnuz: { bytes: 1, safetensors: 'F8_E5M2FNUZ' },
  float8_e8m0fnu: { bytes: 1, safetensors: 'F8_E8M0' },
};

/** The type that a typed array holds when nothing else is said. */
export function dataTypeOf(data: TensorData): DataType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof BigUint64Array) return 'uint64';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof Uint16Array) return 'uint16';
  return 'uint8';
}
