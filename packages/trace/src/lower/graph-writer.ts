import { DataType } from '../data-type.js';
import { type Dimension, dimensionKey, isDynamic, sameDimension, sizeOf } from '../dimension.js';
import { type Attributes, createNode, type Node, type Value } from '../node.js';
import type { Origin } from '../origin.js';
import type { Kernels } from './kernels.js';

/** Element type and shape of a result. */
export interface ResultSpec {
  dtype: number;
  shape: readonly Dimension[];
}

const type = (value: number) => ({ kind: 'type', value }) as const;
const bool = (value: boolean) => ({ kind: 'bool', value }) as const;
const int = (value: number) => ({ kind: 'int', value }) as const;

/**
 * Writes a graph operation by operation. Equal operations that cost nothing to keep are written only once. Costly ones
 * are shared within a {@link scoped} kernel only: what a backward pass computes again is meant to be computed again, so
 * that it need not be kept.
 */
export class GraphWriter {
  readonly nodes: Node[] = [];
  readonly #hasKernel: (op: string, dtype: number, label: string) => boolean;
  readonly #tiles: boolean;
  /** Where the operation that is being written comes from. */
  origin: Origin = {};
  readonly #seen = new Map<string, Node>();
  readonly #numbers = new Map<Node, number>();
  #scope = 0;
  #scopes = 0;
  #once = false;

  constructor({ hasKernel = () => false, tiles = false }: Partial<Kernels> = {}) {
    this.#hasKernel = hasKernel;
    this.#tiles = tiles;
  }

  /** Any operation without effects. */
  write(
    op: string,
    attributes: Attributes,
    inputs: readonly Value[],
    results: readonly ResultSpec[],
  ): readonly Value[] {
    const widens = op === 'Cast' && inputs[0]!.dtype === DataType.BFLOAT16;
    const shared = this.#once || (SHARED.has(op) && !widens) || results.every(isSmall);
    const scope = shared ? '' : this.#scope || ++this.#scopes;
    const key = `${scope}|${op}|${JSON.stringify(attributes)}|${inputs.map((input) => this.#id(input)).join()}`;
    let node = this.#seen.get(key);
    if (node === undefined) {
      node = this.append(createNode({ op, attributes, inputs, origin: this.origin }, results));
      this.#seen.set(key, node);
    }
    return node.outputs;
  }

  /** Within `during`, equal operations are written once. */
  scoped<T>(during: () => T): T {
    this.#scope = ++this.#scopes;
    try {
      return during();
    } finally {
      this.#scope = 0;
    }
  }

  /** Within `during`, equal operations are written once in the whole graph: for what is small beside the rest, and kept. */
  once<T>(during: () => T): T {
    this.#once = true;
    try {
      return during();
    } finally {
      this.#once = false;
    }
  }

  /** An operation that must not be merged with an equal one: it has an effect, or waits for something. */
  effect(
    op: string,
    attributes: Attributes,
    inputs: readonly Value[],
    results: readonly ResultSpec[],
    after: readonly Node[] = [],
  ): Node {
    const node = createNode({ op, attributes, inputs, origin: this.origin }, results);
    node.after.push(...after);
    return this.append(node);
  }

  /**
   * x, but not before `after` is known, and never taken for x itself. What a backward pass computes again must wait for
   * its gradient: else it is done as soon as it can be, and kept until it is needed. Of what was widened the narrow form
   * is kept and widened again.
   */
  notBefore(x: Value, after: Value): Value {
    const kept = beforeWidening(x) ?? x;
    const attributes = { T: type(kept.dtype) };
    const [later] = this.effect('Identity', attributes, [kept], [kept], [after.node]).outputs as [Value];
    return this.cast(this.reshape(later, x.shape), x.dtype);
  }

  /**
   * The same under XLA, which heeds no order but that of data, and takes equal computations for one. A bias that was added
   * to narrow numbers is added again.
   */
  optimizationBarrier(x: Value, after: Value): Value {
    const biased = biasedProduct(x);
    if (biased) return this.reshape(this.add(this.optimizationBarrier(biased.product, after), biased.bias), x.shape);
    const kept = beforeWidening(x) ?? x;
    const attributes: Attributes = { T: { kind: 'types', value: [kept.dtype, after.dtype] } };
    const [later] = this.effect('XlaOptimizationBarrier', attributes, [kept, after], [kept, after]).outputs as [Value];
    return this.cast(this.reshape(later, x.shape), x.dtype);
  }

  append(node: Node): Node {
    this.#numbers.set(node, this.nodes.length);
    this.nodes.push(node);
    return node;
  }

  constant(values: readonly Dimension[], dtype: number, shape: readonly number[]): Value {
    const key = `Const|${dtype}|${shape}|${values.map((value) => (Object.is(value, -0) ? '-0' : dimensionKey(value)))}`;
    let node = this.#seen.get(key);
    if (node === undefined) {
      const parts = { op: 'Const', attributes: {}, inputs: [], origin: this.origin, constant: { values } };
      node = this.append(createNode(parts, [{ dtype, shape }]));
      this.#seen.set(key, node);
    }
    return node.outputs[0]!;
  }

  scalar(value: Dimension, dtype: number = DataType.FLOAT): Value {
    return this.constant([value], dtype, []);
  }

  sizes(values: readonly Dimension[]): Value {
    return this.constant(values, DataType.INT32, [values.length]);
  }

  unary(op: string, x: Value): Value {
    return this.#one(op, { T: type(x.dtype) }, [x], x);
  }

  /** Element-wise with NumPy's broadcasting. */
  binary(op: string, a: Value, b: Value): Value {
    return this.#one(op, { T: type(a.dtype) }, [a, b], { dtype: a.dtype, shape: broadcast(a.shape, b.shape) });
  }

  add = (a: Value, b: Value) => this.binary('AddV2', a, b);
  sub = (a: Value, b: Value) => this.binary('Sub', a, b);
  mul = (a: Value, b: Value) => this.binary('Mul', a, b);
  div = (a: Value, b: Value) => this.binary('RealDiv', a, b);

  /** x times a number. */
  scale(x: Value, factor: Dimension): Value {
    return factor === 1 ? x : this.mul(x, this.scalar(factor, x.dtype));
  }

  cast(x: Value, dtype: number): Value {
    if (x.dtype === dtype) return x;
    if (dtype === DataType.BFLOAT16) {
      const narrow = beforeWidening(x);
      if (narrow !== undefined) return this.reshape(narrow, x.shape);
    }
    return this.#one('Cast', { SrcT: type(x.dtype), DstT: type(dtype) }, [x], { dtype, shape: x.shape });
  }

  reshape(x: Value, shape: readonly Dimension[]): Value {
    if (shape.length === x.shape.length && shape.every((size, i) => sameDimension(size, x.shape[i]!))) return x;
    if (x.node.op === 'Reshape') return this.reshape(x.node.inputs[0]!, shape);
    const attributes = { T: type(x.dtype), Tshape: type(DataType.INT32) };
    return this.#one('Reshape', attributes, [x, this.sizes(shape)], { dtype: x.dtype, shape });
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    if (permutation.every((axis, i) => axis === i)) return x;
    const attributes = { T: type(x.dtype), Tperm: type(DataType.INT32) };
    const shape = permutation.map((axis) => x.shape[axis]!);
    return this.#one('Transpose', attributes, [x, this.sizes(permutation)], { dtype: x.dtype, shape });
  }

  broadcastTo(x: Value, shape: readonly Dimension[]): Value {
    const attributes = { T: type(x.dtype), Tidx: type(DataType.INT32) };
    return this.#one('BroadcastTo', attributes, [x, this.sizes(shape)], { dtype: x.dtype, shape });
  }

  /** Sum, Mean, Max, … over axes. */
  reduce(op: string, x: Value, axes: readonly number[], { keepDims = false } = {}): Value {
    const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
    const attributes = { T: type(x.dtype), Tidx: type(DataType.INT32), keep_dims: bool(keepDims) };
    return this.#one(op, attributes, [x, this.sizes(axes)], { dtype: x.dtype, shape });
  }

  /** [M, K] times [K, N], either operand given transposed. */
  matMul(a: Value, b: Value, { transposeA = false, transposeB = false } = {}): Value {
    const attributes = { T: type(a.dtype), transpose_a: bool(transposeA), transpose_b: bool(transposeB) };
    const shape = [a.shape[transposeA ? 1 : 0]!, b.shape[transposeB ? 0 : 1]!];
    // oneDNN is for matrices; vectors are done faster by TensorFlow's own product.
    const [op, extra] = shape.includes(1) ? ['MatMul', {}] : this.#oneDnn('MatMul', '_MklMatMul', a.dtype);
    return this.#one(op, { ...attributes, ...extra }, [a, b], { dtype: a.dtype, shape });
  }

  /** A product plus a vector [N], then perhaps a GELU, in one operation. Undefined where there is no kernel for it. */
  fusedMatMul(product: Value, bias: Value, activation?: 'GeluExact'): Value | undefined {
    const { node, dtype, shape } = product;
    if (this.#tiles && dtype === DataType.BFLOAT16 && this.#hasKernel(BIASED_MATMUL, dtype, '')) {
      return activation === undefined ? this.#biasedMatMul(product, bias) : undefined;
    }
    const [op, extra] = this.#oneDnn('_FusedMatMul', '_MklNativeFusedMatMul', dtype);
    const own = op === '_FusedMatMul';
    // TensorFlow's own fused product knows no GELU, and is slow for all but floats.
    if (own && (activation !== undefined || dtype !== DataType.FLOAT || !this.#hasKernel(op, dtype, '')))
      return undefined;
    const attributes: Attributes = {
      T: type(dtype),
      transpose_a: node.attributes.transpose_a!,
      transpose_b: node.attributes.transpose_b!,
      ...extra,
      num_args: int(1),
      fused_ops: { kind: 'strings', value: activation ? ['BiasAdd', activation] : ['BiasAdd'] },
    };
    return this.#one(op, attributes, [...node.inputs.slice(0, 2), this.cast(bias, dtype)], { dtype, shape });
  }

  /** A product plus a vector by oneDNN's matmul: once the product, plus the vector. The kernel wants four axes. */
  #biasedMatMul({ node, dtype, shape }: Value, bias: Value): Value {
    const [a, b] = node.inputs.slice(0, 2).map((matrix) => this.reshape(matrix, [1, 1, ...matrix.shape]));
    const once = this.cast(this.scalar(1, DataType.FLOAT), dtype);
    const vector = this.reshape(this.cast(bias, dtype), [1, 1, 1, ...bias.shape]);
    const attributes: Attributes = {
      T: type(dtype),
      adj_x: node.attributes.transpose_a!,
      adj_y: node.attributes.transpose_b!,
      num_args: int(2),
      fused_ops: { kind: 'strings', value: ['Mul', 'Add'] },
    };
    const sum = this.#one(BIASED_MATMUL, attributes, [a!, b!, once, vector], { dtype, shape: [1, 1, ...shape] });
    return this.reshape(sum, shape);
  }

  /** Products of matrices in the last two axes, for every index of the axes before. */
  batchMatMul(a: Value, b: Value, { transposeA = false, transposeB = false } = {}): Value {
    const attributes = { T: type(a.dtype), adj_x: bool(transposeA), adj_y: bool(transposeB) };
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const columns = b.shape.at(transposeB ? -2 : -1)!;
    const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
    const [op, extra] = this.#oneDnn('BatchMatMulV2', '_MklBatchMatMulV2', a.dtype);
    return this.#one(op, { ...attributes, ...extra }, [a, b], { dtype: a.dtype, shape });
  }

  /** Over the last axis. Of bfloat16 too it is computed in float32. */
  softmax(x: Value): Value {
    const [op, extra] = this.#oneDnn('Softmax', '_MklSoftmax', x.dtype);
    return this.#one(op, { T: type(x.dtype), ...extra }, [x], x);
  }

  /** Parts of x along an axis. Along axis 0 they share its memory. */
  split(x: Value, sizes: readonly Dimension[], axis: number): readonly Value[] {
    if (sizes.length === 1) return [x];
    const shapes = sizes.map((size) => x.shape.map((old, i) => (i === axis ? size : old)));
    const attributes = { num_split: int(sizes.length), T: type(x.dtype), Tlen: type(DataType.INT32) };
    const inputs = [x, this.sizes(sizes), this.scalar(axis, DataType.INT32)];
    return this.write(
      'SplitV',
      attributes,
      inputs,
      shapes.map((shape) => ({ dtype: x.dtype, shape })),
    );
  }

  concat(parts: readonly Value[], axis: number, size: Dimension): Value {
    if (parts.length === 1) return parts[0]!;
    const { dtype, shape } = parts[0]!;
    const attributes = { N: int(parts.length), T: type(dtype), Tidx: type(DataType.INT32) };
    const result = { dtype, shape: shape.map((old, i) => (i === axis ? size : old)) };
    return this.#one('ConcatV2', attributes, [...parts, this.scalar(axis, DataType.INT32)], result);
  }

  /** [K, …] from K parts […]. */
  pack(parts: readonly Value[], axis = 0): Value {
    const { dtype, shape } = parts[0]!;
    const attributes = { N: int(parts.length), T: type(dtype), axis: int(axis) };
    const packed = [...shape.slice(0, axis), parts.length, ...shape.slice(axis)];
    return this.#one('Pack', attributes, parts, { dtype, shape: packed });
  }

  /** Rows flattened: [..., D] as [M, D]. */
  asRows(x: Value): Value {
    const width = x.shape[x.shape.length - 1]!;
    return this.reshape(x, [sizeOf(x.shape.slice(0, -1)), width]);
  }

  /**
   * oneDNN's kernel for an operation, where this TensorFlow has it. TensorFlow chooses it by itself on newer processors
   * only, but it is faster on all.
   */
  #oneDnn(op: string, oneDnn: string, dtype: number): readonly [op: string, attributes: Attributes] {
    if (!this.#hasKernel(oneDnn, dtype, ONEDNN_LABEL)) return [op, {}];
    return [oneDnn, { _kernel: { kind: 'string', value: ONEDNN_LABEL } }];
  }

  #one(op: string, attributes: Attributes, inputs: readonly Value[], { dtype, shape }: ResultSpec): Value {
    return this.write(op, attributes, inputs, [{ dtype, shape }])[0]!;
  }

  #id({ node, index }: Value): string {
    return `${this.#numbers.get(node)}:${index}`;
  }
}

/** The bfloat16 numbers that a float32 value holds, if it is nothing but those made wider. */
export function beforeWidening({ node }: Value): Value | undefined {
  if (node.op === 'Reshape') return beforeWidening(node.inputs[0]!);
  return isWidening(node) ? node.inputs[0] : undefined;
}

/** The operands of a sum of narrow numbers made wider and a vector. */
function biasedProduct({ node }: Value): { product: Value; bias: Value } | undefined {
  if (node.op === 'Reshape') return biasedProduct(node.inputs[0]!);
  const [product, bias] = node.inputs;
  if (node.op !== 'AddV2' || bias!.shape.length !== 1 || beforeWidening(product!) === undefined) return undefined;
  return { product: product!, bias: bias! };
}

function isWidening({ op, inputs, outputs }: Node): boolean {
  return op === 'Cast' && inputs[0]!.dtype === DataType.BFLOAT16 && outputs[0]!.dtype === DataType.FLOAT;
}

const BIASED_MATMUL = '_MklFusedBatchMatMulV2';

/** What marks TensorFlow's kernels that call oneDNN. */
export const ONEDNN_LABEL = 'MklNameChangeOp';

/**
 * Written once whatever their size: names for memory, and what products keep of their operands. What a cast widens is
 * kept narrow and widened again.
 */
const SHARED = new Set(['State', 'Handle', 'Feed', 'Const', 'Reshape', 'Bitcast', 'Cast']);

/** Hardly worth counting: a bias, a norm. */
export function isSmall({ shape }: ResultSpec): boolean {
  const size = sizeOf(shape);
  return !isDynamic(size) && size <= 4096;
}

function broadcast(a: readonly Dimension[], b: readonly Dimension[]): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - (rank - a.length)] ?? 1;
    const right = b[i - (rank - b.length)] ?? 1;
    return left === 1 ? right : left;
  });
}

/** The size of a chunk if `size` is cut into `count`: all but the last are equal, and the last takes what is left. */
export function evenParts(size: Dimension, count: number): Dimension[] {
  if (count === 1) return [size];
  if (!isDynamic(size)) {
    const part = Math.ceil(size / count);
    return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, size - i * part)));
  }
  return Array.from({ length: count }, (_, i) => ({
    key: `part${i}/${count}(${size.key})`,
    evaluate: (lengths: readonly number[]) => {
      const whole = size.evaluate(lengths);
      const part = Math.ceil(whole / count);
      return Math.max(0, Math.min(part, whole - i * part));
    },
  }));
}
