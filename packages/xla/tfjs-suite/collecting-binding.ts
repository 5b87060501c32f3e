import {
  type BackendValues,
  DataType,
  KernelConstants,
  type Node,
  nodeAttributes,
  nodesBefore,
  type OperationAttribute,
  Recorder,
  shapeRules,
  type TensorFlowBinding,
  type TensorMetadata,
  type Value,
} from '@vjepa/trace';
import type { Client } from '../src/pjrt/client.js';
import { QUICK_FLAGS } from '../src/pjrt/quick-flags.fixture.js';
import { lowerStep } from '../src/stablehlo/lower-step.js';
import { writeProgram } from '../src/stablehlo/write-program.js';

/**
 * The binding tfjs-node's kernels call, over XLA: operations are only written down, and what a tensor needs of them is
 * compiled and run when the tensor is read.
 */
export class CollectingBinding extends KernelConstants implements TensorFlowBinding {
  readonly TF_Version = 'XLA';
  readonly #client: Client;
  readonly #values = new Map<number, Value>();
  #nextId = 0;

  constructor(client: Client) {
    super();
    this.#client = client;
  }

  createTensor(shape: number[], dtype: number, values: BackendValues): number {
    if (dtype === DataType.STRING) throw new Error('XLA has no strings');
    // int64 comes as two words for each number, the low one first.
    const elements = dtype === DataType.INT64 ? (values as Int32Array).filter((_, i) => i % 2 === 0) : values;
    return this.#register(this.#recorder().constant({ values: elements as ArrayLike<number> }, dtype, [...shape]));
  }

  deleteTensor(id: number): void {
    this.#values.delete(id);
  }

  tensorDataSync(): never {
    throw new Error('XLA gives values when a program has run: a tensor is read by data(), not by dataSync()');
  }

  executeOp(name: string, attributes: OperationAttribute[], inputs: number[]): TensorMetadata[] {
    const values = inputs.map((id) => this.#value(id));
    const outputs = this.#recorder().operation(name, nodeAttributes(attributes, this), values);
    return outputs.map((value) => ({
      id: this.#register(value),
      shape: [...(value.shape as number[])],
      dtype: value.dtype,
    }));
  }

  /** Compiles and runs what the tensor needs. Of complex numbers, both parts one after the other. */
  async read(id: number): Promise<Float32Array | Int32Array | Uint8Array> {
    const value = this.#value(id);
    const outputs = new Map([['value', value]]);
    const program = writeProgram(lowerStep({ nodes: nodesFor(value.node), state: new Map(), outputs }));
    const executable = await this.#client.compile(program.text, { flags: QUICK_FLAGS });
    const [output] = await executable.execute([]);
    const bytes = await output!.toHost();
    await output!.dispose();
    await executable.dispose();
    if (value.dtype === DataType.BOOL) return bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    return value.dtype === DataType.INT32
      ? new Int32Array(buffer, byteOffset, byteLength / 4)
      : new Float32Array(buffer, byteOffset, byteLength / 4);
  }

  getNumOfTensors(): number {
    return this.#values.size;
  }

  isUsingGpuDevice(): boolean {
    return false;
  }

  /** Nodes are kept by the values that need them, not by who wrote them down. */
  #recorder(): Recorder {
    return new Recorder(shapeRules, { keepOrigins: false });
  }

  #register(value: Value): number {
    this.#values.set(this.#nextId, value);
    return this.#nextId++;
  }

  #value(id: number): Value {
    const value = this.#values.get(id);
    if (value === undefined) throw new Error(`tensor ${id} is unknown: it was deleted, or never written`);
    return value;
  }
}

/** A node after all that it needs. */
function nodesFor(last: Node): Node[] {
  const nodes = new Set<Node>();
  const visit = (node: Node) => {
    if (nodes.has(node)) return;
    for (const before of nodesBefore(node)) visit(before);
    nodes.add(node);
  };
  visit(last);
  return [...nodes];
}
