import { DataType } from '@vjepa/trace';
import { constantText } from './constant-text.js';
import { isFloat } from './element-type.js';
import { signature, type Tensor, type TensorType, typeText } from './tensor.js';

/** How operations that differ in nothing else make one element of many. */
export type Reducer = 'add' | 'multiply' | 'maximum' | 'minimum' | 'and' | 'or';

/** How a window goes along one axis. Default: element by element, without padding. */
export interface WindowDimension {
  size: number;
  stride?: number;
  /** From one element of the tensor to the next, as if zeros lay between them. */
  baseDilation?: number;
  /** From one element of the window to the next. */
  dilation?: number;
  /** Elements that are added before the first and after the last; negative where some are left out. */
  padding?: readonly [before: number, after: number];
}

/** A convolution's axes, one letter or number each: `b`, `f` (`i`, `o` of a filter), and 0, 1, … of its window. */
export interface ConvolutionAxes {
  input: readonly (string | number)[];
  filter: readonly (string | number)[];
  output: readonly (string | number)[];
}

/** Parts of a convolution's channels, or of its batch, that have filters of their own. */
export interface ConvolutionGroups {
  features?: number;
  batch?: number;
}

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
    const kind =
      isFloat(a.dtype) || a.dtype === DataType.COMPLEX64 ? 'FLOAT' : UNSIGNED.has(a.dtype) ? 'UNSIGNED' : 'SIGNED';
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

  /** One of the elements in each window of a tensor, which has a size along every axis. */
  reduceWindow(reducer: Reducer, x: Tensor, window: readonly WindowDimension[]): Tensor {
    const start = this.constant([neutral(reducer, x.dtype)], { dtype: x.dtype, shape: [] });
    const shape = x.shape.map((size, axis) => placesOf(size, window[axis]!));
    const sizes = window.map(({ size }) => size);
    const text = `"stablehlo.reduce_window"(${x.name}, ${start.name}) <{window_dimensions = ${array(sizes)}, ${windowText(window)}}> ${this.#region(reducer, x.dtype)}`;
    return this.#one(text, [x, start], { dtype: x.dtype, shape });
  }

  /** Zeros but where the greatest element of each window is, the first of them; there, the sum of what it is worth. */
  scatterToGreatest(x: Tensor, worth: Tensor, window: readonly WindowDimension[]): Tensor {
    const zero = this.constant([0], { dtype: x.dtype, shape: [] });
    const attributes = [
      `window_dimensions = ${array(window.map(({ size }) => size))}`,
      `window_strides = ${array(window.map(({ stride = 1 }) => stride))}`,
      `padding = ${paddingText(window)}`,
    ].join(', ');
    const type = typeText({ dtype: x.dtype, shape: [] });
    const greater = `({ ^bb0(%a: ${type}, %b: ${type}): %c = stablehlo.compare GE, %a, %b : (${type}, ${type}) -> tensor<i1> stablehlo.return %c : tensor<i1> }`;
    const sum = this.#region('add', x.dtype).slice(1);
    const text = `"stablehlo.select_and_scatter"(${x.name}, ${worth.name}, ${zero.name}) <{${attributes}}> ${greater}, ${sum}`;
    return this.#one(text, [x, worth, zero], x);
  }

  /**
   * @param window along each of its axes 0, 1, …
   * @param precise whether operands of float32 may not be rounded to TF32
   */
  convolution(
    [input, filter]: readonly [Tensor, Tensor],
    axes: ConvolutionAxes,
    window: readonly Omit<WindowDimension, 'size'>[],
    { groups: { features = 1, batch = 1 } = {}, precise }: { groups?: ConvolutionGroups; precise: boolean },
  ): Tensor {
    const sizeOf = (x: Tensor, labels: readonly (string | number)[], label: string | number) =>
      x.shape[labels.indexOf(label)]!;
    const shape = axes.output.map((label) => {
      if (label === 'b') return sizeOf(input, axes.input, 'b') / batch;
      if (label === 'f') return sizeOf(filter, axes.filter, 'o');
      const size = sizeOf(filter, axes.filter, label);
      return placesOf(sizeOf(input, axes.input, label), { ...window[label as number]!, size });
    });
    const of = (name: string, value: (dimension: Omit<WindowDimension, 'size'>) => string) =>
      `${name} = [${window.map(value).join(', ')}]`;
    const way = [
      of('stride', ({ stride = 1 }) => String(stride)),
      of('pad', ({ padding = [0, 0] }) => list(padding)),
      of('lhs_dilate', ({ baseDilation = 1 }) => String(baseDilation)),
      of('rhs_dilate', ({ dilation = 1 }) => String(dilation)),
    ].join(', ');
    const highest = '#stablehlo<precision HIGHEST>';
    const attributes = [
      `batch_group_count = ${batch} : i64`,
      `feature_group_count = ${features} : i64`,
      ...(precise && input.dtype === DataType.FLOAT ? [`precision_config = [${highest}, ${highest}]`] : []),
    ].join(', ');
    const dimensions = `[${axes.input.join(', ')}]x[${axes.filter.join(', ')}]->[${axes.output.join(', ')}]`;
    const text = `stablehlo.convolution(${input.name}, ${filter.name}) dim_numbers = ${dimensions}, window = {${way}} {${attributes}}`;
    return this.#one(text, [input, filter], { dtype: input.dtype, shape });
  }

  /** @param precise whether operands of float32 may not be rounded to TF32 */
  dot(a: Tensor, b: Tensor, { batch, contract }: DotDimensions, precise: boolean): Tensor {
    const free = (x: Tensor, side: 0 | 1) =>
      x.shape.filter((_, axis) => ![...batch, ...contract].some((axes) => axes[side] === axis));
    const shape = [...batch.map(([axis]) => a.shape[axis]!), ...free(a, 0), ...free(b, 1)];
    const axes = (name: string, which: DotDimensions['batch']) =>
      `, ${name} = ${list(which.map(([l]) => l))} x ${list(which.map(([, r]) => r))}`;
    // The axes that are summed over are named though there be none, as in an outer product.
    const named = `${batch.length === 0 ? '' : axes('batching_dims', batch)}${axes('contracting_dims', contract)}`;
    const precision = precise && a.dtype === DataType.FLOAT ? ', precision = [HIGHEST, HIGHEST]' : '';
    const text = `stablehlo.dot_general ${a.name}, ${b.name}${named}${precision}`;
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

  /** @param between how many are put between elements; none by default */
  pad(
    x: Tensor,
    value: Tensor,
    low: readonly number[],
    high: readonly number[],
    between: readonly number[] = low.map(() => 0),
  ): Tensor {
    const shape = x.shape.map((size, axis) => dilated(size, between[axis]! + 1) + low[axis]! + high[axis]!);
    const text = `stablehlo.pad ${x.name}, ${value.name}, low = ${list(low)}, high = ${list(high)}, interior = ${list(between)}`;
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
    return this.#scatter(x, indices, updates, at, this.#region('add', x.dtype));
  }

  /** Puts updates in the place of x's elements where indices say; what lies outside is left out. */
  scatterUpdate(x: Tensor, indices: Tensor, updates: Tensor, at: GatherDimensions): Tensor {
    const type = typeText({ dtype: x.dtype, shape: [] });
    return this.#scatter(
      x,
      indices,
      updates,
      at,
      `({ ^bb0(%a: ${type}, %b: ${type}): stablehlo.return %b : ${type} })`,
    );
  }

  #scatter(x: Tensor, indices: Tensor, updates: Tensor, at: GatherDimensions, region: string): Tensor {
    const batching = at.batching ?? [];
    const numbers = [
      `update_window_dims = ${list(at.offset)}`,
      `inserted_window_dims = ${list(at.collapsed)}`,
      ...(batching.length === 0
        ? []
        : [
            `input_batching_dims = ${list(batching.map(([input]) => input))}`,
            `scatter_indices_batching_dims = ${list(batching.map(([, indices]) => indices))}`,
          ]),
      `scatter_dims_to_operand_dims = ${list(at.indexMap)}`,
      `index_vector_dim = ${at.indexVector}`,
    ].join(', ');
    const text = `"stablehlo.scatter"(${x.name}, ${indices.name}, ${updates.name}) <{scatter_dimension_numbers = #stablehlo.scatter<${numbers}>}> ${region}`;
    return this.#one(text, [x, indices, updates], x);
  }

  /** The operands, none before all are known, and never taken for what they were. */
  optimizationBarrier(operands: readonly Tensor[]): readonly Tensor[] {
    const names = operands.map(({ name }) => name).join(', ');
    return this.write(`stablehlo.optimization_barrier ${names}`, operands.map(typeText).join(', '), operands);
  }

  /** Complex numbers of their real and imaginary parts. */
  complex(real: Tensor, imaginary: Tensor): Tensor {
    const result = { dtype: DataType.COMPLEX64, shape: real.shape };
    return this.#one(`stablehlo.complex ${real.name}, ${imaginary.name}`, [real, imaginary], result);
  }

  /** Real numbers of complex ones: `real`, `imag`, `abs`. */
  realOf(op: 'real' | 'imag' | 'abs', x: Tensor): Tensor {
    return this.#one(`stablehlo.${op} ${x.name}`, [x], { dtype: DataType.FLOAT, shape: x.shape });
  }

  /** Discrete Fourier transforms of complex numbers along the last axis. */
  fft(kind: 'FFT' | 'IFFT', x: Tensor): Tensor {
    return this.#one(`stablehlo.fft ${x.name}, type = ${kind}, length = ${list(x.shape.slice(-1))}`, [x], x);
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

/** How large `size` elements are that lie `dilation` apart. */
function dilated(size: number, dilation: number): number {
  return size === 0 ? 0 : (size - 1) * dilation + 1;
}

function placesOf(
  input: number,
  { size, stride = 1, baseDilation = 1, dilation = 1, padding: [before, after] = [0, 0] }: WindowDimension,
): number {
  const room = dilated(input, baseDilation) + before + after - dilated(size, dilation);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** What is not the default of a window. */
function windowText(window: readonly WindowDimension[]): string {
  const of = (name: string, values: readonly number[]) =>
    values.every((value) => value === 1) ? [] : [`${name} = ${array(values)}`];
  return [
    ...of(
      'window_strides',
      window.map(({ stride = 1 }) => stride),
    ),
    ...of(
      'base_dilations',
      window.map(({ baseDilation = 1 }) => baseDilation),
    ),
    ...of(
      'window_dilations',
      window.map(({ dilation = 1 }) => dilation),
    ),
    `padding = ${paddingText(window)}`,
  ].join(', ');
}

function paddingText(window: readonly WindowDimension[]): string {
  return `dense<${pairs(window.map(({ padding = [0, 0] }) => padding))}> : tensor<${window.length}x2xi64>`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

const list = (numbers: readonly number[]) => `[${numbers.join(', ')}]`;

const array = (numbers: readonly number[]) =>
  numbers.length === 0 ? 'array<i64>' : `array<i64: ${numbers.join(', ')}>`;

const pairs = (rows: readonly (readonly number[])[]) => `[${rows.map(list).join(', ')}]`;
