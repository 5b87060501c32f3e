import { type DataType, dataTypeOf } from './data-type.js';
import type { HostTensor } from './host-tensor.js';
import type { StoredTensor } from './stored-tensor.js';

/** What the writers take: a tensor in memory, or one still in another file. */
export type TensorSource = HostTensor | StoredTensor;

/** The type a file will store the tensor as. */
export function storedDataType(tensor: TensorSource): DataType {
  return tensor.dtype ?? dataTypeOf((tensor as HostTensor).data);
}
