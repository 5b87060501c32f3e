import {
  type Attributes,
  DataType,
  type InferredResult,
  knownSizes,
  type ShapeInference,
  type Value,
} from '@vjepa/trace';
import type { CApi, OutputOfOperation } from '../c-api.js';
import { GraphBuilder } from './graph-builder.js';
import { hostTensor } from './tensor-memory.js';

/**
 * TensorFlow's own shape inference, and its checks of inputs and attributes: an operation is added to a graph that
 * never runs, and the graph is asked what comes out. Models repeat themselves, so most answers are known already.
 */
export class LibraryShapes implements ShapeInference {
  readonly #api: CApi;
  readonly #builder: GraphBuilder;
  readonly #known = new Map<string, readonly InferredResult[]>();
  #count = 0;

  constructor(api: CApi) {
    this.#api = api;
    this.#builder = new GraphBuilder(api);
  }

  /** Throws TensorFlowError with TensorFlow's reason if it refuses the operation. */
  infer(op: string, attributes: Attributes, inputs: readonly Value[]): readonly InferredResult[] {
    const key = `${op}|${JSON.stringify(attributes)}|${inputs.map(describe).join('|')}`;
    let results = this.#known.get(key);
    if (results === undefined) {
      results = this.#ask(op, attributes, inputs);
      this.#known.set(key, results);
    }
    return results;
  }

  dispose(): void {
    this.#builder.dispose();
  }

  #ask(op: string, attributes: Attributes, inputs: readonly Value[]): InferredResult[] {
    const oper = this.#builder.add({
      op,
      name: this.#name(),
      inputs: inputs.map((input) => this.#source(input)),
      attributes,
    });
    return Array.from({ length: this.#api.TF_OperationNumOutputs(oper) }, (_, index) => {
      const output = { oper, index };
      return { dtype: this.#builder.outputType(output), shape: this.#builder.shape(output) };
    });
  }

  #source(value: Value): OutputOfOperation {
    const sizes = knownSizes(value);
    return sizes ? this.#constant(sizes, value) : this.#placeholder(value);
  }

  #constant(values: ArrayLike<number>, { shape }: Value): OutputOfOperation {
    const tensor = hostTensor(this.#api, DataType.INT32, shape as number[], Int32Array.from(values));
    try {
      const attributes = { dtype: { kind: 'type', value: DataType.INT32 } } as const;
      return { oper: this.#builder.add({ op: 'Const', name: this.#name(), attributes, tensor }), index: 0 };
    } finally {
      this.#api.TF_DeleteTensor(tensor);
    }
  }

  #placeholder({ dtype, shape }: Value): OutputOfOperation {
    const attributes = {
      dtype: { kind: 'type', value: dtype },
      shape: { kind: 'shape', value: shape as number[] },
    } as const;
    return { oper: this.#builder.add({ op: 'Placeholder', name: this.#name(), attributes }), index: 0 };
  }

  #name(): string {
    return `n${this.#count++}`;
  }
}

function describe(value: Value): string {
  const sizes = knownSizes(value);
  return `${value.dtype}:${value.shape.join(',')}${sizes ? `=${Array.from(sizes).join(',')}` : ''}`;
}
