import { isStoredTensor } from './checkpoint-value.js';
import { type DataType, dataTypes } from './data-type.js';
import type { PickleKeys } from './pickle-keys.js';
import { isPickleGlobal } from './pickle-machine.js';
import { PickleProblem } from './pickle-problem.js';
import type { StoredTensor } from './stored-tensor.js';
import type { TensorBits } from './tensor-bits.js';
import { isTorchStorage, viewStorage } from './torch-storage.js';
import { Tuple } from './tuple.js';

/**
 * _rebuild_tensor(storage, offset, size, stride) and
 * _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
 */
export function rebuildTensor([storage, offset, size, stride, , , metadata]: readonly unknown[]): StoredTensor {
  if (!isTorchStorage(storage) || storage.storageType === 'untyped') {
    throw new PickleProblem('a tensor is made of something other than a typed storage');
  }
  return viewStorage(storage, { dtype: storage.storageType, ...requireView(offset, size, stride, metadata) });
}

/** _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata), since 2.1 */
export function rebuildTypedTensor(args: readonly unknown[]): StoredTensor {
  const [storage, offset, size, stride] = args;
  const [type, metadata] = args.slice(6);
  if (!isTorchStorage(storage) || typeof type !== 'string') {
    throw new PickleProblem('a tensor is made of something other than a storage and a type');
  }
  const dtype = requireDataType(type);
  return viewStorage(storage, { dtype, ...requireView(offset, size, stride, metadata) });
}

function requireDataType(type: string): DataType {
  const dtype = type.replace('torch.', '');
  if (Object.hasOwn(dataTypes, dtype)) return dtype as DataType;
  throw new PickleProblem(`it holds a tensor of type ${type}, which is not read here`, 'save it in another type');
}

/** _rebuild_from_type_v2(rebuild, type, arguments, attributes) */
export function rebuildFromType([rebuild, type, args]: readonly unknown[], keys: PickleKeys): StoredTensor {
  if (!isPickleGlobal(rebuild) || !rebuild.call || !isPickleGlobal(type) || !(args instanceof Tuple)) {
    throw new PickleProblem('a tensor of a class is made of something other than a name, a class and arguments');
  }
  if (type.globalName !== 'torch.Tensor' && type.globalName !== 'torch.nn.parameter.Parameter') {
    throw new PickleProblem(`a tensor is made of the class ${type.globalName}, expected torch.Tensor or Parameter`);
  }
  return requireTensor(rebuild.call(args, keys));
}

/** _rebuild_device_tensor_from_cpu_tensor(tensor, type, device, requires_grad), of devices that PyTorch copies from. */
export function copyFromCpu([data, type]: readonly unknown[]): StoredTensor {
  const tensor = requireTensor(data);
  if (type === `torch.${tensor.dtype}`) return tensor;
  throw new PickleProblem(`a tensor of type ${tensor.dtype} stands for one of type ${type}`, 'save it on the CPU');
}

function requireView(offset: unknown, size: unknown, stride: unknown, metadata: unknown) {
  const shape = requireLengths(size);
  const strides = requireLengths(stride);
  if (!isLength(offset) || shape.length !== strides.length) {
    throw new PickleProblem('a tensor has no offset, or not one stride for each length');
  }
  return { offset, shape, stride: strides, bits: requireBits(metadata) };
}

/** What a lazy view is beside its elements. A name that is not known could change what they mean. */
function requireBits(metadata: unknown): TensorBits {
  if (metadata === undefined || metadata === null) return {};
  if (!(metadata instanceof Map)) throw new PickleProblem("a tensor's metadata is not a dict");
  const bits = new Map<unknown, unknown>(metadata);
  for (const [name, value] of bits) {
    if ((name === 'neg' || name === 'conj') && typeof value === 'boolean') continue;
    const problem = `a tensor has the metadata ${String(name)}, expected neg and conj, each True or False`;
    throw new PickleProblem(problem, 'save a plain copy of it: tensor.clone()');
  }
  return { neg: bits.get('neg') === true, conj: bits.get('conj') === true };
}

function requireLengths(value: unknown): number[] {
  if (value instanceof Tuple && value.length <= 64 && value.every(isLength)) return Array.from(value as Tuple<number>);
  throw new PickleProblem("a tensor's size or stride is not a tuple of up to 64 lengths");
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws PickleProblem when a parameter is made of anything else */
export function requireTensor(value: unknown): StoredTensor {
  if (isStoredTensor(value)) return value;
  throw new PickleProblem('a parameter is made of something other than a tensor');
}
