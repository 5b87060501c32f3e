import { createHash } from 'node:crypto';
import { DataType } from '../data-type.js';
import { type Dimension, dimensionKey, sameDimension } from '../dimension.js';
import { type Attributes, type Node, nameOf, nodesBefore, type Value } from '../node.js';
import type { Trace } from '../trace-function.js';
import type { AttentionForm, LoweringContext, LoweringOptions } from './fused-kernel.js';
import { FUSED_KERNELS } from './fused-kernels.js';
import { GraphWriter } from './graph-writer.js';
import { assignVariable, variableHandle, variablesOf } from './in-place.js';
import { sumRows } from './layer-norm.js';
import { inPrecision } from './product.js';
import { inTurns } from './turns.js';

/** A graph ready to be handed to TensorFlow: nothing but its operations, and `State`, `Feed`, `Handle` and `Const`. */
export interface LoweredGraph {
  /** In an order in which they can run. */
  nodes: Node[];
  outputs: Map<string, Value>;
  /** What changes the state in place. */
  updates: Node[];
  /** New values of the state, where nothing changes it in place. */
  state: Map<string, Value>;
  /** The forms that attention takes in it. */
  attention: readonly AttentionForm[];
}

/** How a trace is lowered, and what its engine knows of operations. */
export interface LowerOptions extends LoweringOptions {
  /** True of operations that may give another result each time. */
  isStateful(op: string): boolean;
  /** Whether the state lies in variables that operations change. If not, its new values are results like others. */
  inPlace: boolean;
}

/** Makes a trace into TensorFlow's operations: fused kernels are spelled out, products get their precision. */
export function lowerTrace(trace: Trace, options: LowerOptions): LoweredGraph {
  const writer = new GraphWriter(options);
  const values = new Map<Value, Value>();
  const lowered = (value: Value): Value => values.get(value)!;
  const uses = countUses(trace);
  const usedOnce = (value: Value) => uses.get(value) === 1;
  const inPlace = options.inPlace ? trace.state : new Map<string, Value>();
  const attention: AttentionForm[] = [];
  const context: LoweringContext = { ...options, writer, attention, newState: inPlace, lowered, usedOnce };
  for (const node of options.xla ? inTurns(trace.nodes) : trace.nodes) {
    writer.origin = node.origin;
    const results = lowerNode(node, context, options);
    for (const [i, output] of node.outputs.entries()) values.set(output, results[i]!);
  }
  const updates = [...inPlace].map(([name, value]) => update(name, lowered(value), writer));
  const allLowered = (values: ReadonlyMap<string, Value>) =>
    new Map(Array.from(values, ([name, value]) => [name, lowered(value)]));
  const outputs = allLowered(trace.outputs);
  const state = options.inPlace ? new Map<string, Value>() : allLowered(trace.state);
  const nodes = neededNodes(writer.nodes, [...outputs.values(), ...state.values()], updates);
  readBeforeChanges(nodes);
  return { nodes, outputs, updates, state, attention };
}

/**
 * What changes a variable in place waits until it has been read by those who want what it was. (It then changes a copy, if
 * they are not done with it.)
 */
function readBeforeChanges(nodes: readonly Node[]): void {
  const reads = new Map(nodes.filter(({ op }) => op === 'State').map((node) => [nameOf(node), node]));
  for (const node of nodes) {
    if (node.outputs.length > 0) continue;
    for (const name of variablesOf(node)) {
      const read = reads.get(name);
      if (read !== undefined && !node.after.includes(read)) node.after.push(read);
    }
  }
}

function countUses({ nodes, outputs, state }: Trace): Map<Value, number> {
  const uses = new Map<Value, number>();
  const values = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.values(), ...state.values()];
  for (const value of values) uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}

function lowerNode(node: Node, context: LoweringContext, options: LowerOptions): readonly Value[] {
  const { writer } = context;
  const { op, attributes } = node;
  if (node.constant !== undefined) return [lowerConstant(node, writer)];
  const inputs = node.inputs.map(context.lowered);
  const results = node.outputs.map(({ dtype, shape }) => ({ dtype, shape }));
  const kernel = FUSED_KERNELS.get(op);
  if (kernel !== undefined) return writer.scoped(() => kernel.lower(inputs, numbers(attributes), context, node));
  if (op === 'State' || op === 'Feed') return writer.write(op, attributes, inputs, results);
  if (PRODUCTS.has(op)) return lowerProduct(node, inputs, context);
  if (op === 'Reshape') return [writer.reshape(inputs[0]!, results[0]!.shape)];
  if (op === 'Transpose') return [writer.transpose(inputs[0]!, constantNumbers(inputs[1]!))];
  if (op === 'Cast') return [writer.cast(inputs[0]!, results[0]!.dtype)];
  if (op === 'Add' || op === 'AddV2') return lowerAdd(node, inputs, context);
  if (op === 'Sum' && isSumOfRows(node)) return [sumRows(inputs[0]!, context)];
  if (op === 'Mul' && inputs.some(isOne)) return lowerTimesOne(node, inputs, context);
  if (options.isStateful(op)) return writer.effect(op, attributes, inputs, results).outputs;
  return writer.write(op, attributes, inputs, results);
}

/** Operations with two operands whose elements are multiplied and summed. */
const PRODUCTS = new Set([
  'MatMul',
  'BatchMatMulV2',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'Conv3D',
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
]);

function lowerProduct(node: Node, [a, b, ...rest]: readonly Value[], context: LoweringContext): readonly Value[] {
  // A filter's or an input's gradient takes sizes in the place of one operand.
  if (b!.dtype !== DataType.FLOAT && rest.length === 1) {
    return [inPrecision(a!, rest[0]!, (x, y) => writeProduct(node, [x, b!, y], context), context)];
  }
  if (a!.dtype !== DataType.FLOAT && rest.length === 1) {
    return [inPrecision(b!, rest[0]!, (x, y) => writeProduct(node, [a!, x, y], context), context)];
  }
  return [inPrecision(a!, b!, (x, y) => writeProduct(node, [x, y, ...rest], context), context)];
}

function writeProduct(
  { op, attributes, outputs }: Node,
  operands: readonly Value[],
  { writer: w }: LoweringContext,
): Value {
  const [a, b] = operands as [Value, Value];
  const { shape } = outputs[0]!;
  const flag = (name: string) => (attributes[name] as { value: boolean } | undefined)?.value ?? false;
  if (op === 'MatMul') return w.matMul(a, b, { transposeA: flag('transpose_a'), transposeB: flag('transpose_b') });
  if (op === 'BatchMatMulV2') {
    const transposes = { transposeA: flag('adj_x'), transposeB: flag('adj_y') };
    const single = (value: Value) => value.shape.slice(0, -2).every((size) => size === 1);
    if (!single(a) || !single(b)) return w.batchMatMul(a, b, transposes);
    const product = w.matMul(w.reshape(a, a.shape.slice(-2)), w.reshape(b, b.shape.slice(-2)), transposes);
    return w.reshape(product, shape);
  }
  const { dtype } = operands.find(({ dtype }) => dtype !== DataType.INT32)!;
  const typed: Attributes = { ...attributes, T: { kind: 'type', value: dtype } };
  return w.write(op, typed, operands, [{ dtype, shape }])[0]!;
}

/** A product of matrices plus a vector is one operation, if nothing else needs the product alone. */
function lowerAdd(node: Node, inputs: readonly Value[], context: LoweringContext): readonly Value[] {
  const { writer: w } = context;
  for (const [i, bias] of inputs.entries()) {
    const other = 1 - i;
    const sum =
      bias.shape.length === 1 && isOnlyUse(node.inputs[other]!, context) && addBias(inputs[other]!, bias, context);
    if (sum) return [sum];
  }
  const { dtype, shape } = node.outputs[0]!;
  return w.write('AddV2', node.attributes, inputs, [{ dtype, shape }]);
}

function addBias(product: Value, bias: Value, { writer: w }: LoweringContext): Value | undefined {
  const cast = product.node.op === 'Cast' ? product.node.inputs[0]! : product;
  if (!/MatMul$/.test(cast.node.op) || cast.node.inputs.length !== 2 || cast.shape.length !== 2) return undefined;
  const sum = w.fusedMatMul(cast, bias);
  return sum && w.cast(sum, product.dtype);
}

/** Whether nothing but the operation that asks needs the value, or what it is a mere reshape of. */
function isOnlyUse(value: Value, context: LoweringContext): boolean {
  if (!context.usedOnce(value)) return false;
  return value.node.op !== 'Reshape' || isOnlyUse(value.node.inputs[0]!, context);
}

/** TensorFlow.js multiplies by ones to broadcast; where nothing is broadcast, nothing is left to do. */
function lowerTimesOne({ op, attributes, outputs }: Node, inputs: readonly Value[], { writer }: LoweringContext) {
  const [a, b] = inputs as [Value, Value];
  const other = isOne(a) ? b : a;
  const { shape, dtype } = outputs[0]!;
  const same = other.shape.length === shape.length && other.shape.every((size, i) => sameDimension(size, shape[i]!));
  return same ? [other] : writer.write(op, attributes, inputs, [{ dtype, shape }]);
}

function isOne({ node, shape }: Value): boolean {
  const { constant } = node.op === 'Fill' ? node.inputs[1]!.node : node;
  return constant !== undefined && (node.op === 'Fill' || shape.length === 0) && constant.values[0] === 1;
}

/** A bias's gradient: a product with ones takes a third of the time. */
function isSumOfRows({ inputs, attributes, outputs }: Node): boolean {
  const [x, axes] = inputs as [Value, Value];
  const { values } = axes.node.constant!;
  const keepDims = (attributes.keep_dims as { value: boolean }).value;
  return (
    x.dtype === DataType.FLOAT && x.shape.length === 2 && outputs[0]!.shape.length === 1 && !keepDims && values[0] === 0
  );
}

const SMALL = 64;

/** Small constants are shared by their elements, large ones by a digest of theirs. */
function lowerConstant({ constant, outputs, origin }: Node, writer: GraphWriter): Value {
  const { dtype, shape } = outputs[0]!;
  const { values } = constant!;
  if (values.length <= SMALL)
    return writer.constant(Array.from(values as ArrayLike<Dimension>), dtype, shape as number[]);
  const digest = createHash('sha1').update(bytesOf(values)).digest('hex');
  const attributes: Attributes = { digest: { kind: 'string', value: `${dtype}:${shape}:${digest}` } };
  const [value] = writer.write('Const', attributes, [], [{ dtype, shape }]);
  if (value!.node.constant === undefined) Object.assign(value!.node, { constant, origin });
  return value!;
}

function bytesOf(values: ArrayLike<number> | readonly Dimension[]): Uint8Array | string {
  if (ArrayBuffer.isView(values)) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Array.from(values as ArrayLike<Dimension>, dimensionKey).join();
}

function constantNumbers({ node }: Value): number[] {
  return Array.from(node.constant!.values as ArrayLike<number>);
}

function numbers(attributes: Attributes): Record<string, number> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value as number]));
}

/** What gives a variable its new value: the operation that changed it in place, or an assignment. */
function update(name: string, value: Value, writer: GraphWriter): Node {
  const { node } = value;
  const handle = variableHandle(name, writer);
  if (node.op === 'ReadVariableOp' && node.inputs[0] === handle) return node.after[0]!;
  const state = writer.nodes.find((other) => other.op === 'State' && nameOf(other) === name);
  return assignVariable(handle, value, state ? [state] : [], writer);
}

/** Without what neither a result nor an update needs. */
function neededNodes(nodes: readonly Node[], results: readonly Value[], updates: readonly Node[]): Node[] {
  const needed = new Set<Node>();
  const pending = [...updates, ...results.map(({ node }) => node)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    pending.push(...nodesBefore(node));
  }
  return nodes.filter((node) => needed.has(node));
}
