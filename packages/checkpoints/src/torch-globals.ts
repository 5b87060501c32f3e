import type { CheckpointKey } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { type DataType, dataTypes } from './data-type.js';
import { latin1Bytes } from './latin1.js';
import type { PickleKeys } from './pickle-keys.js';
import { isPickleGlobal, type PickleGlobal } from './pickle-machine.js';
import { PickleProblem } from './pickle-problem.js';
import { copyFromCpu, rebuildFromType, rebuildTensor, rebuildTypedTensor, requireTensor } from './rebuild-tensor.js';
import { Tuple } from './tuple.js';

/** A storage class: the type of the elements behind a persistent id. */
export interface StorageClass extends PickleGlobal {
  readonly storageType: DataType | 'untyped';
}

/** Types that a value may name but no tensor here may have. */
const otherDataTypes = [
  'float4_e2m1fn_x2',
  ...['bits8', 'bits16', 'bits1x8', 'bits2x4', 'bits4x2', 'qint8', 'quint8', 'qint32', 'quint4x2', 'quint2x4'],
  ...Array.from({ length: 7 }, (_, bits) => [`int${bits + 1}`, `uint${bits + 1}`]).flat(),
];

const QUANTIZATION_SCHEMES = [
  ...['per_tensor_affine', 'per_tensor_symmetric', 'per_channel_affine', 'per_channel_symmetric'],
  'per_channel_affine_float_qparams',
];

/**
 * Every name that a checkpoint may use, and what it stands for here. The calls make plain data: maps, tuples, texts
 * and tensor handles.
 */
const allowed = new Map<string, unknown>(
  [
    callable('collections.OrderedDict', makeDict),
    callable('collections.defaultdict', ([, ...args], keys) => makeDict(args, keys)),
    callable('collections.Counter', makeDict),
    callable('torch._utils._rebuild_tensor', rebuildTensor),
    callable('torch._utils._rebuild_tensor_v2', rebuildTensor),
    callable('torch._utils._rebuild_tensor_v3', rebuildTypedTensor),
    callable('torch._utils._rebuild_parameter', ([data]) => requireTensor(data)),
    // Parameters and tensors may have attributes of Python's, which are no part of their elements.
    callable('torch._utils._rebuild_parameter_with_state', ([data]) => requireTensor(data)),
    callable('torch._tensor._rebuild_from_type_v2', rebuildFromType),
    callable('torch._utils._rebuild_device_tensor_from_cpu_tensor', copyFromCpu),
    tensorClass('torch.Tensor'),
    tensorClass('torch.nn.parameter.Parameter'),
    callable('torch.Size', ([lengths]) => requireTuple(lengths)),
    callable('torch.device', makeDeviceName),
    callable('torch.serialization._get_layout', ([name]) => requireText(name)),
    // How protocol 2 writes bytes.
    callable('_codecs.encode', encodeText),
    ...inBuiltins('bytes', makeBytes),
    ...inBuiltins('bytearray', makeBytes),
    ...inBuiltins('set', makeSet),
    ...inBuiltins('complex', makeComplex),
    // What a defaultdict makes its values with; a name that cannot be called here.
    ...['dict', 'list', 'int', 'float', 'str', 'bool'].flatMap((name) => inBuiltins(name)),
    ...storageClasses(),
  ].map((global): [string, unknown] => [global.globalName, global]),
);
for (const name of [...Object.keys(dataTypes), ...otherDataTypes, ...QUANTIZATION_SCHEMES]) {
  allowed.set(`torch.${name}`, `torch.${name}`);
}

/** Tensors whose elements are not simply there, by a name that only they need: what they are and what to save instead. */
const UNREADABLE: readonly [RegExp, string, string][] = [
  [/^torch\._utils\._rebuild_qtensor$|^torch\.Q\w+Storage$/, 'a quantized tensor', 'tensor.dequantize()'],
  [/^torch\._utils\._rebuild_sparse_(csr_)?tensor$/, 'a sparse tensor', 'tensor.to_dense()'],
  [/^torch\._utils\._rebuild_nested_tensor$/, 'a nested tensor', 'its parts: tensor.unbind()'],
  [
    /^torch\._utils\._rebuild_meta_tensor/,
    'a tensor without elements (device meta)',
    'the model once it has its weights',
  ],
  [
    /^torch\._utils\._rebuild_(wrapper_subclass|xla_tensor|device_tensor_from_numpy)$/,
    'a tensor of a subclass',
    'plain tensors',
  ],
  [/^torch\.distributed\.(_?tensor|_shard)\./, 'a distributed tensor', 'the whole of it: tensor.full_tensor()'],
];

/**
 * What `module.name` stands for in a checkpoint.
 *
 * @throws PickleProblem for every name that is not on the list
 */
export function findTorchGlobal(module: string, name: string): unknown {
  const qualified = `${module}.${name}`;
  if (allowed.has(qualified)) return allowed.get(qualified);
  for (const [pattern, kind, remedy] of UNREADABLE) {
    if (!pattern.test(qualified)) continue;
    throw new PickleProblem(`it holds ${kind} (${qualified}), which is not read here`, `save ${remedy}`);
  }
  throw new PickleProblem(
    `it refers to ${qualified}, which is not among the few names a checkpoint of tensors needs (nothing was run)`,
    'do not load this file with anything less strict unless you trust it; ' +
      'to use its tensors, save them alone: torch.save(model.state_dict(), …)',
  );
}

type Call = NonNullable<PickleGlobal['call']>;

function callable(globalName: string, call: Call): PickleGlobal {
  return { globalName, call };
}

/** Python 2 had another name for the module. */
function inBuiltins(name: string, call?: Call): PickleGlobal[] {
  return ['builtins', '__builtin__'].map((module) => ({ globalName: `${module}.${name}`, ...(call && { call }) }));
}

/** The type of a tensor with attributes: it can only be an argument here. */
function tensorClass(globalName: string): PickleGlobal {
  return { globalName };
}

function storageClasses(): StorageClass[] {
  const classes: StorageClass[] = [{ globalName: 'torch.storage.UntypedStorage', storageType: 'untyped' }];
  for (const [dtype, { torchStorage }] of Object.entries(dataTypes)) {
    if (torchStorage) classes.push({ globalName: `torch.${torchStorage}`, storageType: dtype as DataType });
  }
  return classes;
}

/** OrderedDict(), OrderedDict([(key, value), …]) or Counter({key: count, …}). */
function makeDict([items = []]: readonly unknown[], keys: PickleKeys): Map<unknown, unknown> {
  if (items instanceof Map) return new Map(items);
  const pairs = Array.isArray(items) ? items : undefined;
  if (!pairs?.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new PickleProblem('a dict is made of something other than pairs');
  }
  return new Map(pairs.map(([key, value]) => [keys.of(key), value]));
}

/** set([element, …]) */
function makeSet([items = []]: readonly unknown[], keys: PickleKeys): Set<CheckpointKey> {
  if (!Array.isArray(items)) throw new PickleProblem('a set is made of something other than a list');
  return new Set(items.map((item) => keys.of(item)));
}

/** encode('…', 'latin1') */
function encodeText([text, encoding = 'utf-8']: readonly unknown[]): Uint8Array {
  const wide = typeof text !== 'string' || /[^\0-\xff]/.test(text);
  if (wide || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    throw new PickleProblem('bytes are made of something other than text in latin1');
  }
  return latin1Bytes(text);
}

/** bytes(), bytearray(), bytearray(b'…') or bytearray('…', 'latin-1') */
function makeBytes([content = new Uint8Array(0), encoding]: readonly unknown[]): Uint8Array {
  return content instanceof Uint8Array ? content : encodeText([content, encoding]);
}

/** complex(real, imaginary) */
function makeComplex([real, imaginary]: readonly unknown[]): Complex {
  if (typeof real === 'number' && typeof imaginary === 'number') return new Complex(real, imaginary);
  throw new PickleProblem('a complex number is made of something other than two numbers');
}

function requireText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new PickleProblem('a layout is named by something other than text');
}

/** device('cuda', 0) → 'cuda:0' */
function makeDeviceName(args: readonly unknown[]): string {
  if (args.length > 2 || !args.every((arg) => typeof arg === 'string' || typeof arg === 'number')) {
    throw new PickleProblem('a device is named by something other than text and a number');
  }
  return args.join(':');
}

function requireTuple(value: unknown): Tuple {
  if (value instanceof Tuple) return value;
  throw new PickleProblem('a size is not a tuple');
}

/** Whether a value of a pickle is a storage class. */
export function isStorageClass(value: unknown): value is StorageClass {
  return isPickleGlobal(value) && 'storageType' in value;
}

/** Bytes of an element in a storage of this class. */
export function storageWidth({ storageType }: StorageClass): number {
  return storageType === 'untyped' ? 1 : dataTypes[storageType].bytes;
}
