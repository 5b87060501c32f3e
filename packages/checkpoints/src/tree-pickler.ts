import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointKey } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { type DataTypeNames, dataTypes } from './data-type.js';
import { elementCount } from './host-tensor.js';
import { PickleWriter } from './pickle-writer.js';
import { storedDataType, type TensorSource } from './tensor-source.js';
import { Tuple } from './tuple.js';

/**
 * What can be written: Python's None, bool, int (a whole number), float, {@link Complex}, str, bytes (a Uint8Array),
 * list, tuple ({@link Tuple}), set, dict (a Map, or an object whose keys become text) and tensors.
 */
export type WritableValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Complex
  | Uint8Array
  | TensorSource
  | readonly WritableValue[]
  | ReadonlySet<CheckpointKey>
  | ReadonlyMap<CheckpointKey, WritableValue>
  | { readonly [key: string]: WritableValue };

/** Turns a tree into the pickle that `torch.save` would make of it, and collects the tensors it refers to. */
export class TreePickler {
  /** The storage with key k is the k-th tensor's; a tensor that stands in several places of the tree has one. */
  readonly tensors: TensorSource[] = [];
  readonly #keys = new Map<TensorSource, number>();
  readonly #writer = new PickleWriter();

  /** @param path the file that is being written, for messages */
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws CheckpointError that names the place in the tree of a value PyTorch has no type for */
  pickle(tree: WritableValue): Uint8Array {
    this.#emit(tree, []);
    return this.#writer.finish();
  }

  #emit(value: WritableValue, place: readonly unknown[]): void {
    if (value === null) this.#writer.none();
    else if (typeof value === 'boolean') this.#writer.boolean(value);
    else if (typeof value === 'string') this.#writer.text(value);
    else if (typeof value === 'bigint') this.#writer.integer(value);
    else if (typeof value === 'number') this.#emitNumber(value);
    else if (typeof value === 'object') this.#emitObject(value, place);
    else throw this.#unwritable(place, `a ${typeof value}`);
  }

  #emitNumber(value: number): void {
    // -0 is a whole number only to JavaScript.
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#writer.integer(value);
    else this.#writer.float(value);
  }

  #emitObject(value: Exclude<WritableValue, null> & object, place: readonly unknown[]): void {
    if (isTensorSource(value)) this.#emitTensor(value);
    else if (Array.isArray(value)) this.#emitSequence(value, place);
    else if (value instanceof Uint8Array) this.#emitBytes(value);
    else if (value instanceof Complex) this.#emitComplex(value);
    else if (value instanceof Set) this.#emitSet([...value]);
    else this.#emitDict(value instanceof Map ? [...value] : Object.entries(value), place);
  }

  #emitSequence(values: readonly WritableValue[], place: readonly unknown[]): void {
    const emitItems = () => {
      for (const [index, item] of values.entries()) this.#emit(item, [...place, index]);
    };
    if (values instanceof Tuple) this.#writer.tuple(emitItems);
    else this.#writer.list(emitItems);
  }

  /** encode('…', 'latin1'): protocol 2 has no bytes. */
  #emitBytes(bytes: Uint8Array): void {
    this.#emitCall('_codecs', 'encode', () => {
      this.#writer.text(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
      this.#writer.text('latin1');
    });
  }

  #emitComplex({ real, imaginary }: Complex): void {
    this.#emitCall('__builtin__', 'complex', () => {
      this.#writer.float(real);
      this.#writer.float(imaginary);
    });
  }

  #emitSet(elements: readonly CheckpointKey[]): void {
    this.#emitCall('__builtin__', 'set', () => this.#emitSequence(elements, []));
  }

  #emitCall(module: string, name: string, emitArguments: () => void): void {
    this.#writer.global(module, name);
    this.#writer.tuple(emitArguments);
    this.#writer.reduce();
  }

  #emitDict(entries: readonly [WritableValue, WritableValue][], place: readonly unknown[]): void {
    this.#writer.dict(() => {
      for (const [key, item] of entries) {
        this.#emit(key, place);
        this.#emit(item, [...place, key]);
      }
    });
  }

  /**
   * torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks); of types that have no storage
   * class, _rebuild_tensor_v3 of untyped bytes, with the type at its end.
   */
  #emitTensor(tensor: TensorSource): void {
    const writer = this.#writer;
    const dtype = storedDataType(tensor);
    const { torchStorage } = dataTypes[dtype];
    this.#emitCall('torch._utils', torchStorage ? '_rebuild_tensor_v2' : '_rebuild_tensor_v3', () => {
      this.#emitStorage(tensor, dataTypes[dtype]);
      writer.integer(0);
      this.#emitLengths(tensor.shape);
      this.#emitLengths(contiguousStride(tensor.shape));
      writer.boolean(false);
      this.#emitCall('collections', 'OrderedDict', () => {});
      if (!torchStorage) writer.global('torch', dtype);
    });
  }

  #emitStorage(tensor: TensorSource, { torchStorage, bytes }: DataTypeNames): void {
    const elements = elementCount(tensor.shape);
    const key = this.#keys.get(tensor) ?? this.tensors.push(tensor) - 1;
    this.#keys.set(tensor, key);
    this.#writer.tuple(() => {
      this.#writer.text('storage');
      if (torchStorage) this.#writer.global('torch', torchStorage);
      else this.#writer.global('torch.storage', 'UntypedStorage');
      this.#writer.text(String(key));
      this.#writer.text('cpu');
      this.#writer.integer(torchStorage ? elements : elements * bytes);
    });
    this.#writer.persistent();
  }

  #emitLengths(lengths: readonly number[]): void {
    this.#writer.tuple(() => {
      for (const length of lengths) this.#writer.integer(length);
    });
  }

  #unwritable(place: readonly unknown[], found: string): CheckpointError {
    const problem = `the value at [${place.map((key) => JSON.stringify(key)).join('][')}] is ${found}`;
    return new CheckpointError(this.#path, problem, 'PyTorch has no such type: leave it out or convert it');
  }
}

function isTensorSource(value: object): value is TensorSource {
  return 'shape' in value && Array.isArray(value.shape) && ('data' in value || 'readBytes' in value);
}

function contiguousStride(shape: readonly number[]): number[] {
  return shape.map((_, axis) => Math.max(1, elementCount(shape.slice(axis + 1))));
}
