import type { HostTensor } from '@vjepa/engine';
import { DataType } from './data-type.js';
import { dataTypeOf, isLazy, type LazyTensor, type Refusal, requireHostTensor } from './host-tensor.js';
import type { TensorSpec } from './recorder.js';
import type { Specs } from './trace-function.js';

/**
 * What a step is fed, as tensors: numbers are float32 scalars. Also of callers that TypeScript has not checked.
 *
 * @throws what `refusal` makes of what is no tensor
 */
export function asTensors(
  inputs: Readonly<Record<string, HostTensor | number>>,
  refusal: Refusal,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(inputs ?? {}).map(([name, input]) => {
      if (typeof input === 'number') return [name, { shape: [], data: Float32Array.of(input) }];
      requireHostTensor(`input '${name}'`, input, refusal);
      return [name, input];
    }),
  );
}

/** Element types and shapes of what a step is fed. */
export function specsOf(tensors: Readonly<Record<string, HostTensor>>): Specs {
  const entries = Object.entries(tensors).map(([name, { shape, data }]): [string, TensorSpec] => [
    name,
    { shape, dtype: dataTypeOf(data) },
  ]);
  return Object.fromEntries(entries);
}

/**
 * Element types and shapes of a step's state. Elements that are not there yet are looked at when they come.
 *
 * @throws what `refusal` makes of what is no tensor
 */
export function stateSpecs(state: Readonly<Record<string, HostTensor | LazyTensor>>, refusal: Refusal): Specs {
  return Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => {
      if (tensor === undefined || tensor === null || !isLazy(tensor)) {
        requireHostTensor(`state '${name}'`, tensor, refusal);
      }
      return [name, { shape: tensor.shape, dtype: stateType(tensor) }];
    }),
  );
}

function stateType(tensor: HostTensor | LazyTensor): number {
  if (!isLazy(tensor)) return dataTypeOf(tensor.data);
  return tensor.dtype === 'int32' ? DataType.INT32 : DataType.FLOAT;
}
