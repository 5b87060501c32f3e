import type { Dimension } from './dimension.js';
import type { Origin } from './origin.js';

/** An attribute of an operation, in the vocabulary of TensorFlow's C API. */
export type Attribute =
  | { kind: 'type'; value: number }
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'shape'; value: readonly number[] }
  | { kind: 'types'; value: readonly number[] }
  | { kind: 'shapes'; value: readonly (readonly number[])[] }
  | { kind: 'ints'; value: readonly number[] }
  | { kind: 'strings'; value: readonly string[] }
  | { kind: 'function'; value: string };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Host data that became part of the graph. */
export interface Constant {
  /** Row-major elements; a single element stands for a whole tensor of equal ones. */
  values: ArrayLike<number> | readonly Dimension[];
  uniform?: boolean;
}

/** One result of a node: what TensorFlow calls a tensor of the graph. */
export interface Value {
  readonly node: Node;
  readonly index: number;
  /** TensorFlow's element type, see `DataType`. */
  dtype: number;
  shape: readonly Dimension[];
}

/**
 * One operation of a traced function. Beside TensorFlow's own operations there are a few of the tracer's:
 * `Const` (with `constant`), `Feed` and `State` (with attribute `name`), and the fused kernels that are lowered later.
 */
export interface Node {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly origin: Origin;
  readonly constant?: Constant;
  /** Nodes that must have run before this one although it uses none of their results. */
  readonly after: Node[];
}

/** The name that a `Feed`, `State` or `Handle` stands for. */
export function nameOf({ attributes }: Node): string {
  return (attributes.name as { value: string }).value;
}

/** The nodes that must have run before this one. */
export function nodesBefore({ inputs, after }: Node): Node[] {
  return [...inputs.map(({ node }) => node), ...after];
}

/** Makes a node whose outputs have the given element types and shapes. */
export function createNode(
  parts: Omit<Node, 'outputs' | 'after'>,
  outputs: readonly { dtype: number; shape: readonly Dimension[] }[],
): Node {
  const node = { ...parts, outputs: [] as Value[], after: [] };
  node.outputs.push(...outputs.map(({ dtype, shape }, index) => ({ node, index, dtype, shape })));
  return node;
}
