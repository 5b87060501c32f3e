import type { CApi, OutputOfOperation } from '../c-api.js';
import { DataType } from '../data-type.js';
import { GraphBuilder } from './graph-builder.js';
import type { Attributes } from './node.js';
import { hostTensor } from './tensor-memory.js';

/**
 * TensorFlow's own shape inference, and its checks of inputs and attributes: every traced operation is added to a graph
 * that never runs, and the graph is asked what comes out.
 */
export class ShapeInference {
  readonly #api: CApi;
  readonly #builder: GraphBuilder;
  #count = 0;

  constructor(api: CApi) {
    this.#api = api;
    this.#builder = new GraphBuilder(api);
  }

  infer(op: string, attributes: Attributes, inputs: readonly OutputOfOperation[]) {
    const oper = this.#builder.add({ op, name: this.#name(), inputs, attributes });
    const count = this.#api.TF_OperationNumOutputs(oper);
    return Array.from({ length: count }, (_, index) => {
      const output = { oper, index };
      return { output, dtype: this.#builder.outputType(output), shape: this.#builder.shape(output) };
    });
  }

  constant(values: ArrayLike<number>, shape: readonly number[]): OutputOfOperation {
    const tensor = hostTensor(this.#api, DataType.INT32, shape, Int32Array.from(values));
    try {
      const attributes = { dtype: { kind: 'type', value: DataType.INT32 } } as const;
      return { oper: this.#builder.add({ op: 'Const', name: this.#name(), attributes, tensor }), index: 0 };
    } finally {
      this.#api.TF_DeleteTensor(tensor);
    }
  }

  placeholder(dtype: number, shape: readonly number[]): OutputOfOperation {
    const attributes = { dtype: { kind: 'type', value: dtype }, shape: { kind: 'shape', value: shape } } as const;
    return { oper: this.#builder.add({ op: 'Placeholder', name: this.#name(), attributes }), index: 0 };
  }

  dispose(): void {
    this.#builder.dispose();
  }

  #name(): string {
    return `n${this.#count++}`;
  }
}
