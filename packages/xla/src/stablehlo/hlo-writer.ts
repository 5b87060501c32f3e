import { DataType } from '@vjepa/trace';
import { constantText } from './constant-text.js';
import { isFloat } from './element-type.js';
import { signature, type Tensor, type TensorType, typeText } from './tensor.js';

/** How operations that differ in nothing else make one element of many. */
export type Reducer = 'add' | 'multiply' | 'maximum' | 'minimum' | 'and' | 'or';

/** Which axes of a product's operands belong together. */
export interface DotDimensions {
  /** Axes of both along which the product is made matrix by matrix. */
  batch: readonly (readonly [left: number, right: number])[];
  /** Axes that are summed over. */
  contract: readonly (readonly [left: number, right: number])[];
}

/** Where a gather or a scatter finds its places; see StableHLO's specification. */
export interface GatherDimensions {
  offset: readonly number[];
  collapsed: readonly number[];
  batching?: readonly (readonly [operand: number, indices: number])[];
  indexMap: readonly number[];
  indexVector: number;
}

/**
 * Writes the body of a function in StableHLO, operation by operation, one line each. Types of results are worked out
 * here where StableHLO's rules leave no choice.
 */
export class HloWriter {
  readonly #lines: string[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #location: () => string;
  #count = 0;

  /** @param location what is written behind an operation, of the line it comes from: `loc(#loc3)`, or nothing */
  constructor(location: () => string = () => '') {
    this.#location = location;
  }

  /** What has been written, without constants that nothing takes: those whose numbers an operation bears itself. */
  lines(returned: readonly Tensor[]): readonly string[] {
    const used = new Set(returned.map(({ name }) => name));
    for (const line of this.#lines) for (const [name] of line.slice(1).matchAll(/%\d+/g)) used.add(name);
    const unused = new Set(Array.from(this.#constants.values(), ({ name }) => name).filter((name) => !used.has(name)));
    return this.#lines.filter((line) => !unused.has(line.slice(0, line.indexOf(' '))));
  }

  /**
   * One operation.
   *
   * @param text what stands between the equals sign and the colon
   * @param types what stands behind the colon
   */
  write(text: string, types: string, results: readonly TensorType[]): readonly Tensor[] {
    const number = this.#count++;
    const names = results.length === 1 ? [`%${number}`] : results.map((_, i) => `%${number}#${i}`);
    const target = results.length === 1 ? `%${number}` : `%${number}:${results.length}`;
    const location = this.#location();
    this.#lines.push(`${target} = ${text} : ${types}${location && ` ${location}`}`);
    return results.map(({ dtype, shape }, i) => ({ name: names[i]!, dtype, shape }));
  }

  /** Equal constants are written once. */
  constant(values: ArrayLike<number>, { dtype, shape }: TensorType): Tensor {
    const type = typeText({ dtype, shape });
    const text = `stablehlo.constant ${constantText(values, dtype, shape)}`;
    const key = `${text} ${type}`;
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      [constant] = this.write(text, type, [{ dtype, shape }]);
      this.#constants.set(key, constant!);
    }
    return constant!;
  }

  /** A number, everywhere in a tensor of the type. */
  full(value: number, { dtype, shape }: TensorType): Tensor {
    return this.broadcast(this.constant([value], { dtype, shape: [] }), shape, []);
  }

  /** StableHLO's operations on each element: `exponential`, `negate`, … */
  unary(op: string, x: Tensor): Tensor {
    return this.write(`stablehlo.${op} ${x.name}`, typeText(x), [x])[0]!;
  }

  /** CHLO's, which XLA spells out: `erf`, `sinh`, … */
  chlo(op: string, x: Tensor): Tensor {
    return this.write(`chlo.${op} ${x.name}`, `${typeText(x)} -> ${typeText(x)}`, [x])[0]!;
  }

  /** On pairs of elements of tensors of one type: `add`, `maximum`, … */
  binary(op: string, a: Tensor, b: Tensor): Tensor {
    return this.write(`stablehlo.${op} ${a.name}, ${b.name}`, typeText(a), [a])[0]!;
  }

  add = (a: Tensor, b: Tensor) => this.binary('add', a, b);
  subtract = (a: Tensor, b: Tensor) => this.binary('subtract', a, b);
  multiply = (a: Tensor, b: Tensor) => this.binary('multiply', a, b);
  divide = (a: Tensor, b: Tensor) => this.binary('divide', a, b);

  /** x times a number. */
  scale(x: Tensor, factor: number): Tensor {
    return this.multiply(x, this.full(factor, x));
  }

  compare(direction: 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE', a: Tensor, b: Tensor): Tensor {
    const kind = isFloat(a.dtype) ? 'FLOAT' : UNSIGNED.has(a.dtype) ? 'UNSIGNED' : 'SIGNED';
    const result = { dtype: DataType.BOOL, shape: a.shape };
    return this.write(`stablehlo.compare ${direction}, ${a.name}, ${b.name}, ${kind}`, signature([a, b], [result]), [
      result,
    ])[0]!;
  }

  isFinite(x: Tensor): Tensor {
    return this.#one(`stablehlo.is_finite ${x.name}`, [x], { dtype: DataType.BOOL, shape: x.shape });
  }

  select(condition: Tensor, x: Tensor, y: Tensor): Tensor {
    const text = `stablehlo.select ${condition.name}, ${x.name}, ${y.name}`;
    return this.write(text, `${typeText(condition)}, ${typeText(x)}`, [x])[0]!;
  }

  convert(x: Tensor, dtype: number): Tensor {
    if (x.dtype === dtype) return x;
    return this.#one(`stablehlo.convert ${x.name}`, [x], { dtype, shape: x.shape });
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    if (sameShape(x.shape, shape)) return x;
    return this.#one(`stablehlo.reshape ${x.name}`, [x], { dtype: x.dtype, shape });
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    if (permutation.every((axis, i) => axis === i)) return x;
    const shape = permutation.map((axis) => x.shape[axis]!);
    return this.#one(`stablehlo.transpose ${x.name}, dims = ${list(permutation)}`, [x], { dtype: x.dtype, shape });
  }

  /** @param axes where each axis of x lies in the result; sizes of 1 are repeated */
  broadcast(x: Tensor, shape: readonly number[], axes: readonly number[]): Tensor {
    if (sameShape(x.shape, shape)) return x;
    return this.#one(`stablehlo.broadcast_in_dim ${x.name}, dims = ${list(axes)}`, [x], { dtype: x.dtype, shape });
  }

  /** Broadcast as NumPy does it: axes are counted from the last. */
  broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
    const missing = shape.length - x.shape.length;
    return this.broadcast(
      x,
      shape,
      x.shape.map((_, axis) => axis + missing),
    );
  }

  /** One of many elements, along axes that are gone afterwards. */
  reduce(reducer: Reducer, x: Tensor, axes: readonly number[]): Tensor {
    if (axes.length === 0) return x;
    const start = this.constant([neutral(reducer, x.dtype)], { dtype: x.dtype, shape: [] });
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    const text = `stablehlo.reduce(${x.name} init: ${start.name}) applies stablehlo.${reducer} across dimensions = ${list(axes)}`;
    return this.#one(text, [x, start], { dtype: x.dtype, shape });
  }

  /** One of the elements in each window of a tensor, which is padded (or cut, where negative) along its axes. */
  reduceWindow(
    reducer: Reducer,
    x: Tensor,
    { window, padding }: { window: readonly number[]; padding: readonly (readonly [low: number, high: number])[] },
  ): Tensor {
    const start = this.constant([neutral(reducer, x.dtype)], { dtype: x.dtype, shape: [] });
    const shape = x.shape.map((size, axis) => size + padding[axis]![0] + padding[axis]![1] - window[axis]! + 1);
    const pads = `dense<${pairs(padding)}> : tensor<${padding.length}x2xi64>`;
    const text = `"stablehlo.reduce_window"(${x.name}, ${start.name}) <{window_dimensions = ${array(window)}, padding = ${pads}}> ${this.#region(reducer, x.dtype)}`;
    return this.#one(text, [x, start], { dtype: x.dtype, shape });
  }

  /** @param precise whether operands of float32 may not be rounded to TF32 */
  dot(a: Tensor, b: Tensor, { batch, contract }: DotDimensions, precise: boolean): Tensor {
    const free = (x: Tensor, side: 0 | 1) =>
      x.shape.filter((_, axis) => ![...batch, ...contract].some((axes) => axes[side] === axis));
    const shape = [...batch.map(([axis]) => a.shape[axis]!), ...free(a, 0), ...free(b, 1)];
    const axes = (which: DotDimensions['batch'], name: string) =>
      which.length === 0 ? '' : `, ${name} = ${list(which.map(([l]) => l))} x ${list(which.map(([, r]) => r))}`;
    const precision = precise && a.dtype === DataType.FLOAT ? ', precision = [HIGHEST, HIGHEST]' : '';
    const text = `stablehlo.dot_general ${a.name}, ${b.name}${axes(batch, 'batching_dims')}${axes(contract, 'contracting_dims')}${precision}`;
    return this.#one(text, [a, b], { dtype: a.dtype, shape });
  }

  /** From `begin` to before `end` along each axis, every `strides`-th. */
  slice(x: Tensor, begin: readonly number[], end: readonly number[], strides: readonly number[] = []): Tensor {
    const shape = x.shape.map((_, axis) => Math.ceil((end[axis]! - begin[axis]!) / (strides[axis] ?? 1)));
    if (sameShape(x.shape, shape)) return x;
    const ranges = begin.map(
      (first, axis) => `${first}:${end[axis]}${(strides[axis] ?? 1) === 1 ? '' : `:${strides[axis]}`}`,
    );
    return this.#one(`stablehlo.slice ${x.name} [${ranges.join(', ')}]`, [x], { dtype: x.dtype, shape });
  }

  concatenate(parts: readonly Tensor[], axis: number): Tensor {
    if (parts.length === 1) return parts[0]!;
    const { dtype, shape } = parts[0]!;
    const size = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    const text = `stablehlo.concatenate ${parts.map(({ name }) => name).join(', ')}, dim = ${axis}`;
    return this.#one(text, parts, { dtype, shape: shape.with(axis, size) });
  }

  pad(x: Tensor, value: Tensor, low: readonly number[], high: readonly number[]): Tensor {
    const shape = x.shape.map((size, axis) => size + low[axis]! + high[axis]!);
    const text = `stablehlo.pad ${x.name}, ${value.name}, low = ${list(low)}, high = ${list(high)}, interior = ${list(low.map(() => 0))}`;
    return this.#one(text, [x, value], { dtype: x.dtype, shape });
  }

  reverse(x: Tensor, axes: readonly number[]): Tensor {
    if (axes.length === 0) return x;
    return this.write(`stablehlo.reverse ${x.name}, dims = ${list(axes)}`, typeText(x), [x])[0]!;
  }

  /** 0, 1, 2, … along an axis. */
  iota(axis: number, type: TensorType): Tensor {
    return this.write(`stablehlo.iota dim = ${axis}`, typeText(type), [type])[0]!;
  }

  gather(x: Tensor, indices: Tensor, at: GatherDimensions, sizes: readonly number[], shape: readonly number[]): Tensor {
    const batching = at.batching ?? [];
    const numbers = [
      `offset_dims = ${list(at.offset)}`,
      `collapsed_slice_dims = ${list(at.collapsed)}`,
      ...(batching.length === 0
        ? []
        : [
            `operand_batching_dims = ${list(batching.map(([operand]) => operand))}`,
            `start_indices_batching_dims = ${list(batching.map(([, indices]) => indices))}`,
          ]),
      `start_index_map = ${list(at.indexMap)}`,
      `index_vector_dim = ${at.indexVector}`,
    ].join(', ');
    const text = `"stablehlo.gather"(${x.name}, ${indices.name}) <{dimension_numbers = #stablehlo.gather<${numbers}>, slice_sizes = ${array(sizes)}}>`;
    return this.#one(text, [x, indices], { dtype: x.dtype, shape });
  }

  /** Adds updates to x where indices say; what lies outside is left out. */
  scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, at: GatherDimensions): Tensor {
    const numbers = `update_window_dims = ${list(at.offset)}, inserted_window_dims = ${list(at.collapsed)}, scatter_dims_to_operand_dims = ${list(at.indexMap)}, index_vector_dim = ${at.indexVector}`;
    const text = `"stablehlo.scatter"(${x.name}, ${indices.name}, ${updates.name}) <{scatter_dimension_numbers = #stablehlo.scatter<${numbers}>}> ${this.#region('add', x.dtype)}`;
    return this.#one(text, [x, indices, updates], x);
  }

  /** The operands, none before all are known, and never taken for what they were. */
  optimizationBarrier(operands: readonly Tensor[]): readonly Tensor[] {
    const names = operands.map(({ name }) => name).join(', ');
    return this.write(`stablehlo.optimization_barrier ${names}`, operands.map(typeText).join(', '), operands);
  }

  /** One of the values that the replicas of a group have, for each of them. */
  allReduce(reducer: Reducer, x: Tensor, groups: readonly (readonly number[])[]): Tensor {
    const replicas = `dense<${pairs(groups)}> : tensor<${groups.length}x${groups[0]!.length}xi64>`;
    const text = `"stablehlo.all_reduce"(${x.name}) <{replica_groups = ${replicas}}> ${this.#region(reducer, x.dtype)}`;
    return this.#one(text, [x], x);
  }

  /** The value that another replica has. */
  collectivePermute(x: Tensor, routes: readonly (readonly [source: number, target: number])[]): Tensor {
    const replicas = `dense<${pairs(routes)}> : tensor<${routes.length}x2xi64>`;
    return this.#one(`"stablehlo.collective_permute"(${x.name}) <{source_target_pairs = ${replicas}}>`, [x], x);
  }

  /** The greatest elements along the last axis, and where they are. */
  topK(x: Tensor, k: number): readonly Tensor[] {
    const shape = x.shape.with(-1, k);
    const results = [
      { dtype: x.dtype, shape },
      { dtype: DataType.INT32, shape },
    ];
    const types = `${typeText(x)} -> (${results.map(typeText).join(', ')})`;
    return this.write(`chlo.top_k(${x.name}, k = ${k})`, types, results);
  }

  /** A call of something that XLA hands to a library, row-major. */
  customCall(
    target: string,
    config: string,
    operands: readonly Tensor[],
    results: readonly TensorType[],
  ): readonly Tensor[] {
    const layouts = (types: readonly TensorType[]) => `[${types.map(rowMajor).join(', ')}]`;
    const attributes = [
      `api_version = 2 : i32`,
      `backend_config = ${JSON.stringify(config)}`,
      `operand_layouts = ${layouts(operands)}`,
      `result_layouts = ${layouts(results)}`,
    ].join(', ');
    const text = `stablehlo.custom_call @${symbol(target)}(${operands.map(({ name }) => name).join(', ')}) {${attributes}}`;
    return this.write(text, signature(operands, results), results);
  }

  #one(text: string, operands: readonly Tensor[], result: TensorType): Tensor {
    return this.write(text, signature(operands, [result]), [result])[0]!;
  }

  #region(reducer: Reducer, dtype: number): string {
    const type = typeText({ dtype, shape: [] });
    return `({ ^bb0(%a: ${type}, %b: ${type}): %c = stablehlo.${reducer} %a, %b : ${type} stablehlo.return %c : ${type} })`;
  }
}

const UNSIGNED = new Set<number>([DataType.BOOL, DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64]);

/** What changes nothing when it is added, multiplied, …. */
function neutral(reducer: Reducer, dtype: number): number {
  if (reducer === 'add' || reducer === 'or') return 0;
  if (reducer === 'multiply' || reducer === 'and') return 1;
  const least = isFloat(dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31);
  const greatest = isFloat(dtype) ? Number.POSITIVE_INFINITY : 2 ** 31 - 1;
  return reducer === 'maximum' ? least : greatest;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

const list = (numbers: readonly number[]) => `[${numbers.join(', ')}]`;

const array = (numbers: readonly number[]) =>
  numbers.length === 0 ? 'array<i64>' : `array<i64: ${numbers.join(', ')}>`;

const pairs = (rows: readonly (readonly number[])[]) => `[${rows.map(list).join(', ')}]`;

function rowMajor({ shape }: TensorType): string {
  const order = shape.map((_, i) => shape.length - 1 - i);
  return `dense<${list(order)}> : tensor<${order.length}xindex>`;
}

/** A name after `@`, quoted where it is not of letters. */
function symbol(name: string): string {
  return /^[A-Za-z_][\w$.]*$/.test(name) ? name : JSON.stringify(name);
}
