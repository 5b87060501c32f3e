import { isStoredTensor } from './checkpoint-value.js';
import { type DataType, dataTypes } from './data-type.js';
import { isPickleGlobal, type PickleGlobal, PickleProblem } from './pickle-machine.js';
import type { StoredTensor } from './stored-tensor.js';
import { isTorchStorage, viewStorage } from './torch-storage.js';
import { Tuple } from './tuple.js';

/** A storage class: the type of the elements behind a persistent id. */
export interface StorageClass extends PickleGlobal {
  readonly storageType: DataType | 'untyped';
}

/**
 * Every name that a checkpoint may use, and what it stands for here. The calls make plain data: maps, tuples, texts
 * and tensor handles.
 */
const allowed = new Map<string, unknown>(
  [
    callable('collections.OrderedDict', makeDict),
    callable('collections.defaultdict', ([, ...args]) => makeDict(args)),
    callable('torch._utils._rebuild_tensor_v2', rebuildTensor),
    callable('torch._utils._rebuild_tensor_v3', rebuildTypedTensor),
    callable('torch._utils._rebuild_parameter', ([data]) => requireTensor(data)),
    callable('torch._utils._rebuild_parameter_with_state', ([data]) => requireTensor(data)),
    callable('torch.Size', ([lengths]) => requireTuple(lengths)),
    callable('torch.device', makeDeviceName),
    // What a defaultdict makes its values with; a name that cannot be called here.
    ...['dict', 'list', 'int', 'float'].flatMap((name) => [
      argument(`builtins.${name}`),
      argument(`__builtin__.${name}`),
    ]),
    ...storageClasses(),
  ].map((global): [string, unknown] => [global.globalName, global]),
);
for (const dtype of Object.keys(dataTypes)) allowed.set(`torch.${dtype}`, `torch.${dtype}`);

/**
 * What `module.name` stands for in a checkpoint.
 *
 * @throws PickleProblem for every name that is not on the list
 */
export function findTorchGlobal(module: string, name: string): unknown {
  const qualified = `${module}.${name}`;
  if (allowed.has(qualified)) return allowed.get(qualified);
  throw new PickleProblem(
    `it refers to ${qualified}, which is not among the few names a checkpoint of tensors needs (nothing was run)`,
    'do not load this file with anything less strict unless you trust it; ' +
      'to use its tensors, save them alone: torch.save(model.state_dict(), …)',
  );
}

function callable(globalName: string, call: (args: readonly unknown[]) => unknown): PickleGlobal {
  return { globalName, call };
}

function argument(globalName: string): PickleGlobal {
  return { globalName };
}

function storageClasses(): StorageClass[] {
  const classes: StorageClass[] = [{ globalName: 'torch.storage.UntypedStorage', storageType: 'untyped' }];
  for (const [dtype, { torchStorage }] of Object.entries(dataTypes)) {
    if (torchStorage) classes.push({ globalName: `torch.${torchStorage}`, storageType: dtype as DataType });
  }
  return classes;
}

/** OrderedDict() or OrderedDict([(key, value), …]). */
function makeDict([items = []]: readonly unknown[]): Map<unknown, unknown> {
  if (items instanceof Map) return new Map(items);
  const pairs = Array.isArray(items) ? items : undefined;
  if (!pairs?.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] !== 'object')) {
    throw new PickleProblem('a dict is made of something other than pairs');
  }
  return new Map(pairs as [unknown, unknown][]);
}

/** device('cuda', 0) → 'cuda:0' */
function makeDeviceName(args: readonly unknown[]): string {
  if (!args.every((arg) => typeof arg === 'string' || typeof arg === 'number')) {
    throw new PickleProblem('a device is named by something other than text and a number');
  }
  return args.join(':');
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks[, metadata]) */
function rebuildTensor([storage, offset, size, stride]: readonly unknown[]): StoredTensor {
  if (!isTorchStorage(storage) || storage.storageType === 'untyped') {
    throw new PickleProblem('a tensor is made of something other than a typed storage');
  }
  return viewStorage(storage, { dtype: storage.storageType, ...requireView(offset, size, stride) });
}

/** _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata), since 2.1 */
function rebuildTypedTensor([storage, offset, size, stride, , , type]: readonly unknown[]): StoredTensor {
  const dtype = typeof type === 'string' ? (type.replace('torch.', '') as DataType) : undefined;
  if (!isTorchStorage(storage) || dtype === undefined || !(dtype in dataTypes)) {
    throw new PickleProblem('a tensor is made of something other than a storage and a type');
  }
  return viewStorage(storage, { dtype, ...requireView(offset, size, stride) });
}

function requireView(offset: unknown, size: unknown, stride: unknown) {
  const shape = requireLengths(size);
  const strides = requireLengths(stride);
  if (!isLength(offset) || shape.length !== strides.length) {
    throw new PickleProblem('a tensor has no offset, or not one stride for each length');
  }
  return { offset, shape, stride: strides };
}

function requireLengths(value: unknown): number[] {
  if (value instanceof Tuple && value.length <= 64 && value.every(isLength)) return Array.from(value as Tuple<number>);
  throw new PickleProblem("a tensor's size or stride is not a tuple of up to 64 lengths");
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function requireTensor(value: unknown): StoredTensor {
  if (isStoredTensor(value)) return value;
  throw new PickleProblem('a parameter is made of something other than a tensor');
}

function requireTuple(value: unknown): Tuple {
  if (value instanceof Tuple) return value;
  throw new PickleProblem('a size is not a tuple');
}

/** Whether a value of a pickle is a storage class. */
export function isStorageClass(value: unknown): value is StorageClass {
  return isPickleGlobal(value) && 'storageType' in value;
}
