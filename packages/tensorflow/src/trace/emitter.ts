import {
  type Attributes,
  DataType,
  type Dimension,
  isDynamic,
  isStatic,
  type LoweredGraph,
  type Node,
  nameOf,
  TraceError,
  type Value,
} from '@vjepa/trace';
import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import { encodeElements } from './encode-elements.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Program } from './program.js';
import { hostTensor } from './tensor-memory.js';

export interface EmitOptions {
  /** Starts every name in the graph. */
  prefix: string;
  device: string;
}

/** Where an operation finds the state. */
export interface VariableOutputs {
  get(name: string): { handle: OutputOfOperation; read: OutputOfOperation };
}

/** Adds a lowered trace's operations for one device. */
export class Emitter {
  readonly #api: CApi;
  readonly #builder: GraphBuilder;
  readonly #variables: VariableOutputs;
  readonly #options: EmitOptions;
  readonly #outputs = new Map<Value, OutputOfOperation>();
  readonly #operations = new Map<Node, Pointer>();
  readonly #lengthFeeds = new Map<string, Program['lengthFeeds'][number]>();
  readonly #program: Program = {
    feeds: new Map(),
    lengthFeeds: [],
    fetches: new Map(),
    updates: [],
    nodes: new Map(),
  };
  #count = 0;

  constructor(api: CApi, builder: GraphBuilder, variables: VariableOutputs, options: EmitOptions) {
    this.#api = api;
    this.#builder = builder;
    this.#variables = variables;
    this.#options = options;
  }

  finish({ outputs, updates }: LoweredGraph): Program {
    this.#program.updates = updates.map((node) => this.#operations.get(node)!);
    for (const [name, value] of outputs) this.#program.fetches.set(name, this.#fetch(value));
    this.#program.lengthFeeds = [...this.#lengthFeeds.values()];
    return this.#program;
  }

  /** What is fetched must not be fed, so a function may return its inputs only through an operation. */
  #fetch(value: Value): OutputOfOperation {
    const attributes: Attributes = { T: { kind: 'type', value: value.dtype } };
    return { oper: this.#add('Identity', attributes, [this.output(value)]), index: 0 };
  }

  node(node: Node): void {
    const { op, attributes, inputs, outputs, constant } = node;
    if (op === 'State') {
      const { read } = this.#variables.get(nameOf(node));
      this.#outputs.set(outputs[0]!, read);
      this.#operations.set(node, read.oper);
    } else if (op === 'Handle') {
      this.#outputs.set(outputs[0]!, this.#variables.get(nameOf(node)).handle);
    } else if (op === 'Feed') {
      const feed = this.#placeholder(outputs[0]!);
      this.#outputs.set(outputs[0]!, feed);
      this.#program.feeds.set(nameOf(node), feed);
    } else if (constant === undefined) {
      const sources = inputs.map((input, i) => (op === 'Reshape' && i === 1 ? this.#sizes(input) : this.output(input)));
      const operation = this.#add(op, attributes, sources, node);
      for (const output of outputs) this.#outputs.set(output, { oper: operation, index: output.index });
    }
  }

  /** What stands for a value that others have computed, too. */
  take(value: Value, output: OutputOfOperation): void {
    this.#outputs.set(value, output);
  }

  /** An operation of one result on what other replicas may have computed. */
  operation(op: string, attributes: Attributes, inputs: readonly OutputOfOperation[], node: Node): OutputOfOperation {
    return this.operations(op, attributes, inputs, node, 1)[0]!;
  }

  operations(
    op: string,
    attributes: Attributes,
    inputs: readonly OutputOfOperation[],
    node: Node,
    results: number,
  ): OutputOfOperation[] {
    const oper = this.#add(op, attributes, inputs, node);
    return Array.from({ length: results }, (_, index) => ({ oper, index }));
  }

  /** Constants are added when something needs them. */
  output(value: Value): OutputOfOperation {
    let output = this.#outputs.get(value);
    if (output === undefined) {
      output = this.#constant(value.node);
      this.#outputs.set(value, output);
    }
    return output;
  }

  /** The sizes a reshape is given: a literal where one size at most is dynamic, since TensorFlow can find that one. */
  #sizes(value: Value): OutputOfOperation {
    const sizes = value.node.constant ? Array.from(value.node.constant.values as ArrayLike<Dimension>) : [];
    if (sizes.filter(isDynamic).length !== 1) return this.output(value);
    const key = sizes.map((size) => (isDynamic(size) ? -1 : size));
    return this.literal(value.dtype, [key.length], key);
  }

  #add(
    op: string,
    attributes: Attributes,
    inputs: readonly OutputOfOperation[],
    node?: Node,
    tensor?: Pointer,
  ): Pointer {
    const name = `${this.#options.prefix}/${op}_${this.#count++}`;
    // Nothing needs to wait for constants and feeds, which are not operations of their own here.
    const controls = (node?.after ?? []).map((before) => this.#operations.get(before)).filter((o) => o !== undefined);
    const { device } = this.#options;
    try {
      const operation = this.#builder.add({
        op,
        name,
        inputs,
        attributes,
        controls,
        device,
        ...(tensor && { tensor }),
      });
      if (node !== undefined) {
        this.#operations.set(node, operation);
        this.#program.nodes.set(name, node);
      }
      return operation;
    } catch (cause) {
      if (node === undefined) throw cause;
      throw new TraceError(op, (cause as Error).message, node.origin, { cause });
    }
  }

  #placeholder({ dtype, shape }: Value): OutputOfOperation {
    const sizes = shape.map((dimension) => (isDynamic(dimension) ? -1 : dimension));
    const attributes: Attributes = { dtype: { kind: 'type', value: dtype }, shape: { kind: 'shape', value: sizes } };
    return { oper: this.#add('Placeholder', attributes, []), index: 0 };
  }

  #constant(node: Node): OutputOfOperation {
    const { dtype, shape } = node.outputs[0]!;
    const values = Array.from(node.constant!.values as ArrayLike<Dimension>);
    if (!isStatic(shape)) throw new TraceError('Const', 'a constant needs a fixed shape', node.origin);
    if (isStatic(values)) return this.literal(dtype, shape, values);
    if (shape.length === 0) return this.#scalar(values[0]!, dtype);
    const parts = values.map((value) => this.#scalar(value, dtype));
    const attributes: Attributes = { N: { kind: 'int', value: parts.length }, T: { kind: 'type', value: dtype } };
    const packed = { oper: this.#add('Pack', attributes, parts, node), index: 0 };
    if (shape.length === 1) return packed;
    return { oper: this.#add('Reshape', {}, [packed, this.literal(DataType.INT32, [shape.length], shape)]), index: 0 };
  }

  #scalar(value: Dimension, dtype: number): OutputOfOperation {
    if (!isDynamic(value)) return this.literal(dtype, [], [value]);
    const key = `${dtype}:${value.key}`;
    let feed = this.#lengthFeeds.get(key);
    if (feed === undefined) {
      const attributes: Attributes = { dtype: { kind: 'type', value: dtype }, shape: { kind: 'shape', value: [] } };
      feed = { expression: value, dtype, output: { oper: this.#add('Placeholder', attributes, []), index: 0 } };
      this.#lengthFeeds.set(key, feed);
    }
    return feed.output;
  }

  literal(dtype: number, shape: readonly number[], values: ArrayLike<number>): OutputOfOperation {
    const tensor = hostTensor(this.#api, dtype, shape, encodeElements(dtype, values));
    try {
      const attributes: Attributes = { dtype: { kind: 'type', value: dtype } };
      return { oper: this.#add('Const', attributes, [], undefined, tensor), index: 0 };
    } finally {
      this.#api.TF_DeleteTensor(tensor);
    }
  }
}
