import type { OutputOfOperation } from '../c-api.js';
import { DataType } from '../data-type.js';
import type { Dimension } from './dimension.js';
import { type Attributes, type Constant, createNode, type Node, type Value } from './node.js';
import { captureOrigin, type Origin } from './origin.js';
import type { ShapeInference } from './shape-inference.js';
import { TraceError } from './trace-error.js';

export interface TensorSpec {
  dtype: number;
  shape: readonly number[];
}

/** Writes down the operations of a function while it runs, with the element type and shape of every result. */
export class Recorder {
  readonly nodes: Node[] = [];
  readonly #inference: ShapeInference;
  readonly #outputs = new Map<Value, OutputOfOperation>();

  constructor(inference: ShapeInference) {
    this.#inference = inference;
  }

  /** A TensorFlow operation. Throws TraceError where TensorFlow refuses it, or where its shape depends on values. */
  operation(op: string, attributes: Attributes, inputs: readonly Value[]): readonly Value[] {
    const origin = captureOrigin();
    let results: ReturnType<ShapeInference['infer']>;
    try {
      results = this.#inference.infer(
        op,
        attributes,
        inputs.map((input) => this.#known(input)),
      );
    } catch (cause) {
      throw new TraceError(op, (cause as Error).message, origin, { cause });
    }
    const outputs = results.map(({ output, dtype, shape }) => {
      if (shape === undefined || shape.includes(-1)) {
        throw new TraceError(
          op,
          `the shape of the result of ${op} depends on values, which are not known when a function is compiled`,
          origin,
        );
      }
      return { output, dtype, shape };
    });
    const node = createNode({ op, attributes, inputs, origin }, outputs);
    for (const [i, { output }] of outputs.entries()) this.#outputs.set(node.outputs[i]!, output);
    this.nodes.push(node);
    return node.outputs;
  }

  /** One of the tracer's own operations, whose results' shapes the caller knows. */
  piece(op: string, attributes: Attributes, inputs: readonly Value[], results: readonly TensorSpec[]) {
    const node = createNode({ op, attributes, inputs, origin: captureOrigin() }, results);
    this.nodes.push(node);
    return node.outputs;
  }

  constant(constant: Constant, dtype: number, shape: readonly Dimension[], origin: Origin = captureOrigin()): Value {
    const node = createNode({ op: 'Const', attributes: {}, inputs: [], origin, constant }, [{ dtype, shape }]);
    this.nodes.push(node);
    return node.outputs[0]!;
  }

  /** What shape inference knows of a value; asked for lazily, since most values are used at most once or twice. */
  #known(value: Value): OutputOfOperation {
    let output = this.#outputs.get(value);
    if (output === undefined) {
      const { constant } = value.node;
      const shape = value.shape as readonly number[];
      // Only int32 constants (sizes, axes, permutations) can matter to a shape.
      output =
        constant && value.dtype === DataType.INT32 && !constant.uniform
          ? this.#inference.constant(constant.values as ArrayLike<number>, shape)
          : this.#inference.placeholder(value.dtype, shape);
      this.#outputs.set(value, output);
    }
    return output;
  }
}
