import * as tf from '@tensorflow/tfjs-core';
import { DataType } from './data-type.js';
import { describeShape } from './dimension.js';
import type { KernelConstants } from './kernel-constants.js';
import type { Attributes, Value } from './node.js';
import { nodeAttributes } from './node-attributes.js';
import { captureOrigin, type Origin } from './origin.js';
import type { Recorder } from './recorder.js';
import type { OperationAttribute } from './tfjs-node-kernels.js';
import { TraceError } from './trace-error.js';

/** The name under which TensorFlow.js knows the tracer. */
export const TRACE_BACKEND = 'tensorflow-trace';

/** What the tracer knows of a tensor: a value of the graph, or data of the host that is not in the graph yet. */
interface Entry {
  shape: number[];
  dtype: number;
  refCount: number;
  value?: Value;
  /** The recording the value belongs to. */
  recorder?: Recorder;
  values?: tf.backend_util.BackendValues;
  /** Where host data came from. */
  origin?: Origin;
}

/**
 * A TensorFlow.js backend that runs nothing: tfjs-node's kernels, which translate TensorFlow.js's operations into
 * TensorFlow's, call it as they would call the eager backend, and it writes the operations down.
 */
export class TraceBackend extends tf.KernelBackend {
  readonly binding: KernelConstants;
  readonly isGPUPackage = false;
  readonly isUsingGpuDevice = false;
  readonly #entries: tf.DataStorage<Entry>;
  #recorder: Recorder | undefined;

  constructor(binding: KernelConstants) {
    super();
    this.binding = binding;
    this.#entries = new tf.DataStorage(this, tf.engine());
  }

  /** Records into `recorder` while `during` runs. */
  record<T>(recorder: Recorder, during: () => T): T {
    if (this.#recorder !== undefined)
      throw new Error('a function is being compiled already: compile calls cannot nest');
    this.#recorder = recorder;
    try {
      return during();
    } finally {
      this.#recorder = undefined;
    }
  }

  get recorder(): Recorder {
    if (this.#recorder === undefined) {
      const problem = `the backend '${TRACE_BACKEND}' only works while a function is being compiled`;
      throw new TraceError('trace', problem, captureOrigin());
    }
    return this.#recorder;
  }

  /** Among how many replicas of the function the batch is shared; undefined on one device. Models ask for it. */
  get replicas(): number | undefined {
    return this.#recorder?.replicas;
  }

  /** Whether some of these are other processes', with which an exchange takes a while however small it is. */
  get acrossHosts(): boolean {
    return this.#recorder?.acrossHosts ?? false;
  }

  /** The graph value of a tensor; host data becomes a constant of the graph. */
  graphValue({ dataId, shape }: tf.TensorInfo): Value {
    const entry = this.#entries.get(dataId);
    if (entry.value === undefined || entry.recorder !== this.recorder) {
      if (entry.values === undefined) throw escaped(entry);
      entry.value = this.#constant(entry);
      entry.recorder = this.recorder;
    }
    // Tensors that TensorFlow.js derived without an operation share data and may differ in shape.
    return sameShape(entry.value.shape as number[], shape) ? entry.value : this.#reshaped(entry.value, shape);
  }

  /** A TensorFlow.js tensor for a graph value. */
  tensorOf(value: Value): tf.Tensor {
    const dtype = tensorDtype(value);
    const shape = [...(value.shape as number[])];
    const dataId = {};
    this.#entries.set(dataId, { shape, dtype: value.dtype, refCount: 1, value, recorder: this.recorder });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, this as unknown as undefined);
  }

  executeSingleOutput(op: string, attributes: OperationAttribute[], inputs: tf.TensorInfo[]): tf.Tensor {
    return this.executeMultipleOutputs(op, attributes, inputs)[0]!;
  }

  executeSingleInput(op: string, input: tf.TensorInfo): tf.Tensor {
    const type = { name: 'T', type: this.binding.TF_ATTR_TYPE, value: tensorFlowType(input.dtype) };
    return this.executeSingleOutput(op, [type], [input]);
  }

  executeMultipleOutputs(op: string, attributes: OperationAttribute[], inputs: tf.TensorInfo[]): tf.Tensor[] {
    const values = inputs.map((input) => this.#inputValue(input));
    const outputs = this.recorder.operation(op, nodeAttributes(attributes, this.binding), values);
    return outputs.map((output) => this.tensorOf(this.#presentable(output)));
  }

  createReductionOpAttrs(tensor: tf.TensorInfo, keepDims = false): OperationAttribute[] {
    return [
      { name: 'keep_dims', type: this.binding.TF_ATTR_BOOL, value: keepDims },
      { name: 'T', type: this.binding.TF_ATTR_TYPE, value: tensorFlowType(tensor.dtype) },
      { name: 'Tidx', type: this.binding.TF_ATTR_TYPE, value: DataType.INT32 },
    ];
  }

  getDTypeInteger(dtype: tf.DataType): number {
    return tensorFlowType(dtype);
  }

  typeAttributeFromTensor(tensor: tf.TensorInfo): number {
    return tensorFlowType(tensor.dtype);
  }

  applyActivation(input: tf.Tensor, activation?: string, prelu?: tf.Tensor, leakyreluAlpha?: number): tf.Tensor {
    switch (activation ?? 'linear') {
      case 'linear':
        return input;
      case 'relu':
        return tf.relu(input);
      case 'relu6':
        return tf.relu6(input);
      case 'elu':
        return tf.elu(input);
      case 'sigmoid':
        return tf.sigmoid(input);
      case 'prelu':
        return tf.prelu(input, prelu!);
      case 'leakyrelu':
        return tf.leakyRelu(input, leakyreluAlpha);
      default:
        throw new TraceError(activation!, `TensorFlow has no activation ${activation}`, captureOrigin());
    }
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const { values, value } = this.#entries.get(dataId);
    if (values !== undefined) return values;
    throw new TraceError(
      value!.node.op,
      `the values of a tensor were read while compiling, but they exist only when the compiled function runs: ` +
        `a ${tensorDtype(value!)} tensor of shape ${describeShape(value!.shape)}, the result of ${value!.node.op}. ` +
        `Compute with tensors instead of reading them, or pass what the function must know as an argument of its maker`,
      captureOrigin(),
    );
  }

  override read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    const origin = this.#recorder?.origin() ?? {};
    this.#entries.set(dataId, { shape, dtype: tensorFlowType(dtype), values, refCount, origin });
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#entries.has(dataId)) return true;
    const entry = this.#entries.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override incRef(dataId: object): void {
    this.#entries.get(dataId).refCount++;
  }

  override refCount(dataId: object): number {
    return this.#entries.has(dataId) ? this.#entries.get(dataId).refCount : 0;
  }

  override numDataIds(): number {
    return this.#entries.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}

  #constant({ values, dtype, shape, origin }: Entry): Value {
    const data = values as ArrayLike<number> | undefined;
    if (data === undefined || dtype === DataType.STRING || dtype === DataType.COMPLEX64) {
      throw new TraceError('Const', 'a compiled function holds numbers only, not strings', captureOrigin());
    }
    if (data.length > SMALL_CONSTANT && isUniform(data)) return this.#filled(data[0]!, dtype, shape);
    return this.recorder.constant({ values: data }, dtype, shape, origin);
  }

  /** Many equal elements, as `tf.ones` makes them: an operation, since the shape may hold dynamic lengths. */
  #filled(element: number, dtype: number, shape: number[]): Value {
    const sizes = this.recorder.constant({ values: shape }, DataType.INT32, [shape.length]);
    const value = this.recorder.constant({ values: [element] }, dtype, []);
    return this.recorder.operation('Fill', { T: { kind: 'type', value: dtype } }, [sizes, value])[0]!;
  }

  #reshaped(value: Value, shape: readonly number[]): Value {
    const sizes = this.recorder.constant({ values: shape }, DataType.INT32, [shape.length]);
    return this.recorder.operation('Reshape', {}, [value, sizes])[0]!;
  }

  /** TensorFlow.js has no 64-bit integers and no bytes: operations that make them are followed by a cast. */
  #presentable(value: Value): Value {
    if (value.dtype !== DataType.INT64 && value.dtype !== DataType.UINT8) return value;
    const attributes: Attributes = {
      SrcT: { kind: 'type', value: value.dtype },
      DstT: { kind: 'type', value: DataType.INT32 },
    };
    return this.recorder.operation('Cast', attributes, [value])[0]!;
  }

  #inputValue(input: tf.TensorInfo): Value {
    if ('valueArray' in input) {
      // tfjs-node's Int64Scalar: two 32-bit halves.
      const [low] = (input as unknown as { valueArray: Int32Array }).valueArray;
      return this.recorder.constant({ values: [low!] }, DataType.INT64, []);
    }
    return this.graphValue(input);
  }
}

/** Constants up to this many elements stay as they are even if all elements are equal. */
const SMALL_CONSTANT = 16;

function escaped({ value }: Entry): TraceError {
  const problem =
    'a tensor made while a function was being compiled was used afterwards: ' +
    'a compiled function may keep nothing between calls except its state';
  return new TraceError(value?.node.op ?? 'tensor', problem, captureOrigin());
}

function isUniform(values: ArrayLike<number>): boolean {
  const first = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return false;
  return true;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function tensorFlowType(dtype: tf.DataType): number {
  const types = {
    float32: DataType.FLOAT,
    int32: DataType.INT32,
    bool: DataType.BOOL,
    complex64: DataType.COMPLEX64,
    string: DataType.STRING,
  };
  return types[dtype];
}

function tensorDtype({ dtype, node }: Value): tf.DataType {
  if (dtype === DataType.FLOAT) return 'float32';
  if (dtype === DataType.INT32) return 'int32';
  if (dtype === DataType.BOOL) return 'bool';
  if (dtype === DataType.COMPLEX64) return 'complex64';
  throw new TraceError(node.op, `${node.op} gives elements of a type TensorFlow.js does not have`, node.origin);
}
