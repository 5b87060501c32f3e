import {
  AttributeType,
  type BackendValues,
  bytesPerElement,
  DataType,
  dataTypeName,
  KernelConstants,
  type OperationAttribute,
  type TensorFlowBinding,
  type TensorMetadata,
} from '@vjepa/trace';
import type { CApi, Pointer } from './c-api.js';
import type { EagerContext } from './eager-context.js';
import { createStringTensor, readStringTensor } from './string-tensor.js';
import { TensorFlowError } from './tensorflow-error.js';

/**
 * The binding tfjs-node's kernels call, over TensorFlow's eager C API: every operation runs at once, every tensor is a
 * handle kept here under a number. It is what tfjs-node's native addon is, without an addon.
 *
 * Whoever creates a tensor, or gets one from {@link executeOp}, deletes it with {@link deleteTensor}; nothing else
 * outlives a call.
 */
export class EagerBinding extends KernelConstants implements TensorFlowBinding {
  readonly TF_Version: string;

  readonly #tf: CApi;
  readonly #context: EagerContext;
  readonly #handles = new Map<number, Pointer>();
  #nextId = 0;
  /** One status serves every call: the calls are synchronous, and {@link check} resets it. */
  readonly #status: Pointer;
  readonly #accelerator: string | undefined;

  constructor(tf: CApi, context: EagerContext) {
    super();
    this.#tf = tf;
    this.#context = context;
    this.#status = tf.TF_NewStatus();
    this.TF_Version = tf.TF_Version() ?? 'unknown';
    this.#accelerator = context.devices.find(({ type }) => type === 'GPU')?.name;
  }

  /**
   * Makes a tensor from values, which are copied. int64 takes a BigInt64Array, or an Int32Array with two words (low,
   * high) per element as tfjs-node has it; complex64 takes real and imaginary parts interleaved; string takes UTF-8.
   *
   * @throws RangeError if the number of values is not the shape's.
   */
  createTensor(shape: number[], dtype: number, values: BackendValues): number {
    const tensor = this.#newTensor(shape, dtype, values);
    try {
      const handle = this.#tf.TFE_NewTensorHandle(tensor, this.#status);
      this.#check('creating a tensor');
      return this.#register(this.#toAccelerator(handle, dtype));
    } finally {
      this.#tf.TF_DeleteTensor(tensor);
    }
  }

  deleteTensor(id: number): void {
    this.#tf.TFE_DeleteTensorHandle(this.#handle(id));
    this.#handles.delete(id);
  }

  /** A copy of a tensor's values: Float32Array (interleaved for complex64), Int32Array, Uint8Array, … by its type. */
  tensorDataSync(id: number): BackendValues {
    const tf = this.#tf;
    const tensor = tf.TFE_TensorHandleResolve(this.#handle(id), this.#status);
    this.#check('reading a tensor');
    try {
      const dtype = tf.TF_TensorType(tensor);
      if (dtype === DataType.STRING) return readStringTensor(tf, tensor);
      const bytes = Number(tf.TF_TensorByteSize(tensor));
      const Elements = elementsOf(dtype);
      const values = new Elements(bytes / Elements.BYTES_PER_ELEMENT);
      tf.copy(values, tf.TF_TensorData(tensor), bytes);
      return values as BackendValues;
    } finally {
      tf.TF_DeleteTensor(tensor);
    }
  }

  /**
   * Runs one operation.
   *
   * @throws TensorFlowError with TensorFlow's own reason, led by the operation's name.
   */
  executeOp(name: string, attributes: OperationAttribute[], inputs: number[], numOutputs: number): TensorMetadata[] {
    const tf = this.#tf;
    const status = this.#status;
    const op = tf.TFE_NewOp(this.#context.pointer, name, status);
    this.#check(name);
    try {
      for (const id of inputs) {
        tf.TFE_OpAddInput(op, this.#handle(id), status);
        this.#check(name);
      }
      for (const attribute of attributes) this.#setAttribute(op, name, attribute);
      const outputs = new BigUint64Array(numOutputs);
      const count = Int32Array.of(numOutputs);
      tf.TFE_Execute(op, outputs, count, status);
      this.#check(name);
      return Array.from(outputs.subarray(0, count[0]), (handle) => this.#describe(handle));
    } finally {
      tf.TFE_DeleteOp(op);
    }
  }

  /** The element type TensorFlow itself gives a tensor. */
  dataType(id: number): number {
    return this.#tf.TFE_TensorHandleDataType(this.#handle(id));
  }

  getNumOfTensors(): number {
    return this.#handles.size;
  }

  isUsingGpuDevice(): boolean {
    return this.#accelerator !== undefined;
  }

  loadSavedModel(): never {
    throw new TensorFlowError('unimplemented', 'SavedModels are outside what @vjepa/tensorflow does');
  }

  /** Deletes every tensor that is left. The binding is of no use afterwards. */
  dispose(): void {
    for (const handle of this.#handles.values()) this.#tf.TFE_DeleteTensorHandle(handle);
    this.#handles.clear();
    this.#tf.TF_DeleteStatus(this.#status);
  }

  #newTensor(shape: number[], dtype: number, values: BackendValues): Pointer {
    const tf = this.#tf;
    const elements = shape.reduce((product, size) => product * size, 1);
    if (dtype === DataType.STRING) {
      expectCount(shape, dtype, elements, values.length);
      return createStringTensor(tf, shape, values as Uint8Array[], this.#status);
    }
    const data = asElements(dtype, values);
    const bytes = elements * bytesPerElement(dtype);
    expectCount(shape, dtype, elements, data.byteLength / bytesPerElement(dtype));
    const tensor = tf.TF_AllocateTensor(dtype, BigInt64Array.from(shape, BigInt), shape.length, bytes);
    tf.copy(tf.TF_TensorData(tensor), data, bytes);
    return tensor;
  }

  /** Moves a fresh handle to the GPU if there is one; GPU kernels expect int32 and strings in host memory. */
  #toAccelerator(handle: Pointer, dtype: number): Pointer {
    if (this.#accelerator === undefined || dtype === DataType.INT32 || dtype === DataType.STRING) return handle;
    const tf = this.#tf;
    const moved = tf.TFE_TensorHandleCopyToDevice(handle, this.#context.pointer, this.#accelerator, this.#status);
    tf.TFE_DeleteTensorHandle(handle);
    this.#check(`moving a tensor to ${this.#accelerator}`);
    return moved;
  }

  #setAttribute(op: Pointer, operation: string, { name, type, value }: OperationAttribute): void {
    const tf = this.#tf;
    const list = Array.isArray(value) ? (value as number[]) : undefined;
    switch (type) {
      case AttributeType.STRING: {
        const bytes = Buffer.from(value as string);
        tf.TFE_OpSetAttrString(op, name, bytes, bytes.length);
        break;
      }
      case AttributeType.INT:
        if (list) tf.TFE_OpSetAttrIntList(op, name, BigInt64Array.from(list, BigInt), list.length);
        else tf.TFE_OpSetAttrInt(op, name, Math.trunc(value as number));
        break;
      case AttributeType.FLOAT:
        if (list) tf.TFE_OpSetAttrFloatList(op, name, Float32Array.from(list), list.length);
        else tf.TFE_OpSetAttrFloat(op, name, value as number);
        break;
      case AttributeType.BOOL:
        if (list) tf.TFE_OpSetAttrBoolList(op, name, Uint8Array.from(list, Number), list.length);
        else tf.TFE_OpSetAttrBool(op, name, value ? 1 : 0);
        break;
      case AttributeType.TYPE:
        tf.TFE_OpSetAttrType(op, name, value as number);
        break;
      case AttributeType.SHAPE: {
        const dims = BigInt64Array.from(value as number[], BigInt);
        tf.TFE_OpSetAttrShape(op, name, dims, dims.length, this.#status);
        this.#check(operation);
        break;
      }
      default:
        throw new TensorFlowError('invalid-argument', `${operation}: attribute ${name} is of unknown kind ${type}`);
    }
  }

  #describe(handle: Pointer): TensorMetadata {
    const tf = this.#tf;
    const status = this.#status;
    const rank = tf.TFE_TensorHandleNumDims(handle, status);
    const shape = Array.from({ length: rank }, (_, axis) => Number(tf.TFE_TensorHandleDim(handle, axis, status)));
    return { id: this.#register(handle), shape, dtype: tf.TFE_TensorHandleDataType(handle) };
  }

  #register(handle: Pointer): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }

  #handle(id: number): Pointer {
    const handle = this.#handles.get(id);
    if (handle === undefined) {
      throw new TensorFlowError('not-found', `tensor ${id} is unknown to TensorFlow: it was deleted, or never written`);
    }
    return handle;
  }

  #check(what: string): void {
    const tf = this.#tf;
    const status = this.#status;
    if (tf.TF_GetCode(status) === 0) return;
    try {
      tf.check(status, what);
    } finally {
      tf.TF_SetStatus(status, 0, '');
    }
  }
}

function expectCount(shape: number[], dtype: number, expected: number, found: number): void {
  if (found === expected) return;
  throw new RangeError(
    `a ${dataTypeName(dtype)} tensor of shape [${shape}] has ${expected} elements, but ${found} values were given`,
  );
}

type NumericArray = Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array | Uint16Array | BigInt64Array;

/** The values as memory TensorFlow can take as it is. */
function asElements(dtype: number, values: BackendValues): NumericArray {
  const Elements = elementsOf(dtype);
  if (values instanceof Elements) return values as NumericArray;
  if (dtype === DataType.INT64 && values instanceof Int32Array) return values;
  if (Elements === BigInt64Array) return BigInt64Array.from(values as Int32Array, BigInt);
  return (Elements as Float32ArrayConstructor).from(values as Float32Array);
}

function elementsOf(dtype: number) {
  switch (dtype) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return Float32Array;
    case DataType.DOUBLE:
    case DataType.COMPLEX128:
      return Float64Array;
    case DataType.INT32:
      return Int32Array;
    case DataType.INT64:
      return BigInt64Array;
    case DataType.INT8:
      return Int8Array;
    case DataType.BOOL:
    case DataType.UINT8:
    case DataType.RESOURCE:
      return Uint8Array;
    case DataType.BFLOAT16:
    case DataType.HALF:
    case DataType.UINT16:
      return Uint16Array;
    default:
      throw new TensorFlowError('unimplemented', `no JavaScript array holds TensorFlow's ${dataTypeName(dtype)}`);
  }
}
