import type { DataType as TfjsDataType } from '@tensorflow/tfjs-core';
import { DataType } from '../data-type.js';
import type { NodeJSKernelBackend, OperationAttribute } from '../tfjs-node-kernels.js';

const TYPES: Record<TfjsDataType, number> = {
  float32: DataType.FLOAT,
  int32: DataType.INT32,
  bool: DataType.BOOL,
  complex64: DataType.COMPLEX64,
  string: DataType.STRING,
};

/** An operation's attribute that names an element type. */
export function typeAttribute(backend: NodeJSKernelBackend, name: string, dtype: TfjsDataType): OperationAttribute {
  return { name, type: backend.binding.TF_ATTR_TYPE, value: TYPES[dtype] };
}
