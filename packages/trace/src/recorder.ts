import type { Dimension } from './dimension.js';
import { type Attributes, type Constant, createNode, type Node, type Value } from './node.js';
import { captureOrigin, type Origin } from './origin.js';
import type { InferredResult, ShapeInference } from './shape-inference.js';
import { TraceError } from './trace-error.js';

/** Element type and shape of a tensor. */
export interface TensorSpec {
  dtype: number;
  shape: readonly number[];
}

/** Writes down the operations of a function while it runs, with the element type and shape of every result. */
export class Recorder {
  readonly nodes: Node[] = [];
  /** Among how many replicas the batch is shared; undefined on one device. */
  readonly replicas: number | undefined;
  /** Whether some of them are other processes'. */
  readonly acrossHosts: boolean;
  readonly #inference: ShapeInference;
  readonly #keepOrigins: boolean;

  /**
   * @param options.keepOrigins false for repeated traces of one function, whose messages speak of the first
   */
  constructor(
    inference: ShapeInference,
    options: { keepOrigins?: boolean; replicas?: number | undefined; acrossHosts?: boolean | undefined } = {},
  ) {
    this.#inference = inference;
    this.#keepOrigins = options.keepOrigins ?? true;
    this.replicas = options.replicas;
    this.acrossHosts = options.acrossHosts ?? false;
  }

  /** The line being executed, or nothing where nobody will ask. */
  origin(): Origin {
    return this.#keepOrigins ? captureOrigin() : {};
  }

  /** A TensorFlow operation. Throws TraceError where TensorFlow refuses it, or where its shape depends on values. */
  operation(op: string, attributes: Attributes, inputs: readonly Value[]): readonly Value[] {
    const origin = this.origin();
    let results: readonly InferredResult[];
    try {
      results = this.#inference.infer(op, attributes, inputs);
    } catch (cause) {
      throw new TraceError(op, (cause as Error).message, captureOrigin(), { cause });
    }
    const outputs = results.map(({ dtype, shape }) => {
      if (shape === undefined || shape.includes(-1)) {
        throw new TraceError(
          op,
          `the shape of the result of ${op} depends on values, which are not known when a function is compiled`,
          captureOrigin(),
        );
      }
      return { dtype, shape };
    });
    const node = createNode({ op, attributes, inputs, origin }, outputs);
    this.nodes.push(node);
    return node.outputs;
  }

  /** One of the tracer's own operations, whose results' shapes the caller knows. */
  ownOperation(op: string, attributes: Attributes, inputs: readonly Value[], results: readonly TensorSpec[]) {
    const node = createNode({ op, attributes, inputs, origin: this.origin() }, results);
    this.nodes.push(node);
    return node.outputs;
  }

  constant(constant: Constant, dtype: number, shape: readonly Dimension[], origin: Origin = this.origin()): Value {
    const node = createNode({ op: 'Const', attributes: {}, inputs: [], origin, constant }, [{ dtype, shape }]);
    this.nodes.push(node);
    return node.outputs[0]!;
  }
}
