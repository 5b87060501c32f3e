import { DataType } from './data-type.js';

/** The kinds of attributes (`TF_AttrType` of tf_attrtype.h). */
export const AttributeType = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5 } as const;

/** The numbers that tfjs-node's kernels read from what they call their binding. */
export class KernelConstants {
  readonly TF_FLOAT: number = DataType.FLOAT;
  readonly TF_INT32: number = DataType.INT32;
  readonly TF_INT64: number = DataType.INT64;
  readonly TF_BOOL: number = DataType.BOOL;
  readonly TF_COMPLEX64: number = DataType.COMPLEX64;
  readonly TF_STRING: number = DataType.STRING;
  readonly TF_RESOURCE: number = DataType.RESOURCE;
  readonly TF_UINT8: number = DataType.UINT8;
  readonly TF_ATTR_STRING: number = AttributeType.STRING;
  readonly TF_ATTR_INT: number = AttributeType.INT;
  readonly TF_ATTR_FLOAT: number = AttributeType.FLOAT;
  readonly TF_ATTR_BOOL: number = AttributeType.BOOL;
  readonly TF_ATTR_TYPE: number = AttributeType.TYPE;
  readonly TF_ATTR_SHAPE: number = AttributeType.SHAPE;
  /** No kernel uses it; TensorFlow has no such attribute. */
  readonly TF_ATTR_RESOURCE: number = -1;
}
