import { dataTypes } from './data-type.js';
import { elementCount } from './host-tensor.js';
import { type StoredTensor, storedTensor } from './stored-tensor.js';

/** One of `parts` equal shares of a tensor's rows (axis 0), read when asked for. */
export function rowShare(tensor: StoredTensor, part: number, parts: number): StoredTensor {
  const [rows = 0, ...rest] = tensor.shape;
  if (rows % parts !== 0) {
    throw new TypeError(`a tensor of shape [${tensor.shape}] cannot be split in ${parts} parts along its rows`);
  }
  const shape = [rows / parts, ...rest];
  const bytes = elementCount(shape) * dataTypes[tensor.dtype].bytes;
  return storedTensor(tensor.dtype, shape, async () =>
    (await tensor.readBytes()).slice(part * bytes, (part + 1) * bytes),
  );
}

/** Tensors one after another along axis 0, read when asked for. */
export function concatRows(tensors: readonly StoredTensor[]): StoredTensor {
  const [first] = requireAlike(tensors, 1);
  const rows = tensors.reduce((sum, tensor) => sum + tensor.shape[0]!, 0);
  return joined(tensors, first, [rows, ...first.shape.slice(1)]);
}

/** Tensors of one shape along a new axis 0, read when asked for. */
export function stackTensors(tensors: readonly StoredTensor[]): StoredTensor {
  const [first] = requireAlike(tensors, 0);
  return joined(tensors, first, [tensors.length, ...first.shape]);
}

/** The entries along axis 0 of a tensor, that axis dropped. */
export function unstackTensor(tensor: StoredTensor): StoredTensor[] {
  const [count = 0, ...shape] = tensor.shape;
  return Array.from({ length: count }, (_, index) => {
    const row = rowShare(tensor, index, count);
    return storedTensor(tensor.dtype, shape, row.readBytes);
  });
}

function joined(tensors: readonly StoredTensor[], { dtype }: StoredTensor, shape: number[]): StoredTensor {
  return storedTensor(dtype, shape, async () => {
    const result = new Uint8Array(elementCount(shape) * dataTypes[dtype].bytes);
    let offset = 0;
    for (const tensor of tensors) {
      result.set(await tensor.readBytes(), offset);
      offset += tensor.byteLength;
    }
    return result;
  });
}

/** @param fromAxis the first axis on which all lengths must agree */
function requireAlike(tensors: readonly StoredTensor[], fromAxis: number): [StoredTensor, ...StoredTensor[]] {
  const describe = ({ dtype, shape }: StoredTensor) => `${dtype} [${shape.slice(fromAxis)}] of rank ${shape.length}`;
  const kinds = new Set(tensors.map(describe));
  if (kinds.size !== 1) throw new TypeError(`cannot join tensors of ${[...kinds].join(' and ')}: expected equal ones`);
  return tensors as [StoredTensor, ...StoredTensor[]];
}
