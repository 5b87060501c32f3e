import { DataType, dataTypeName } from '@vjepa/trace';
import type { ElementType } from '../pjrt/element-type.js';

const NAMES: Readonly<Record<number, ElementType>> = {
  [DataType.FLOAT]: 'f32',
  [DataType.DOUBLE]: 'f64',
  [DataType.BFLOAT16]: 'bf16',
  [DataType.HALF]: 'f16',
  [DataType.INT8]: 'i8',
  [DataType.INT16]: 'i16',
  [DataType.INT32]: 'i32',
  [DataType.INT64]: 'i64',
  [DataType.UINT8]: 'ui8',
  [DataType.UINT32]: 'ui32',
  [DataType.BOOL]: 'i1',
  [DataType.COMPLEX64]: 'complex<f32>',
};

/** StableHLO's name for a type of elements. */
export function elementTypeName(dtype: number): ElementType {
  const name = NAMES[dtype];
  if (name === undefined) throw new Error(`StableHLO programs have no elements of type ${dataTypeName(dtype)} here`);
  return name;
}

/** Whether elements are numbers with a fraction. */
export function isFloat(dtype: number): boolean {
  return FLOATS.has(dtype);
}

const FLOATS = new Set<number>([DataType.FLOAT, DataType.DOUBLE, DataType.BFLOAT16, DataType.HALF]);
