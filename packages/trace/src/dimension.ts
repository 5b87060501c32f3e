/**
 * A number that a traced function derived from the lengths of its inputs: evaluated on the host before every call.
 * Two expressions with the same key are the same number for all lengths.
 */
export interface Expression {
  readonly key: string;
  evaluate(lengths: readonly number[]): number;
}

/** A size (or another constant of the graph): known when the function is compiled, or an expression of the lengths. */
export type Dimension = number | Expression;

/** Whether it changes with the lengths of the inputs. */
export function isDynamic(dimension: Dimension): dimension is Expression {
  return typeof dimension !== 'number';
}

/** Whether no size of a shape changes with the lengths of the inputs. */
export function isStatic(shape: readonly Dimension[]): shape is readonly number[] {
  return shape.every((dimension) => typeof dimension === 'number');
}

/** The number that it is for these lengths. */
export function evaluate(dimension: Dimension, lengths: readonly number[]): number {
  return typeof dimension === 'number' ? dimension : dimension.evaluate(lengths);
}

export function dimensionKey(dimension: Dimension): string {
  return typeof dimension === 'number' ? String(dimension) : dimension.key;
}

export function sameDimension(a: Dimension, b: Dimension): boolean {
  return dimensionKey(a) === dimensionKey(b);
}

/**
 * Sums of products of lengths with numeric coefficients, e.g. `2·L0 + 2·L1 - 3`. Kept in normal form, so that equal
 * polynomials have equal keys. A monomial is the sorted list of its factors, joined by `·`; `''` is the constant.
 */
class Polynomial implements Expression {
  readonly key: string;
  constructor(readonly terms: ReadonlyMap<string, number>) {
    this.key = [...terms]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([factors, coefficient]) => (factors ? `${coefficient}·${factors}` : String(coefficient)))
      .join(' + ');
  }
  evaluate(lengths: readonly number[]): number {
    let sum = 0;
    for (const [factors, coefficient] of this.terms) {
      let product = coefficient;
      if (factors) for (const factor of factors.split('·')) product *= lengths[Number(factor.slice(1))]!;
      sum += product;
    }
    return sum;
  }
}

/** The length with this position in the list of dynamic lengths. */
export function length(position: number): Expression {
  return new Polynomial(new Map([[`L${position}`, 1]]));
}

function termsOf(dimension: Dimension): ReadonlyMap<string, number> | undefined {
  if (typeof dimension === 'number') return new Map([['', dimension]]);
  return dimension instanceof Polynomial ? dimension.terms : undefined;
}

function simplified(terms: Map<string, number>): Dimension {
  for (const [factors, coefficient] of terms) if (coefficient === 0) terms.delete(factors);
  if (terms.size === 0) return 0;
  if (terms.size === 1 && terms.has('')) return terms.get('')!;
  return new Polynomial(terms);
}

export function plus(a: Dimension, b: Dimension): Dimension {
  const [left, right] = [termsOf(a), termsOf(b)];
  if (!left || !right) return derived(`(${dimensionKey(a)} + ${dimensionKey(b)})`, [a, b], ([x, y]) => x! + y!);
  const terms = new Map(left);
  for (const [factors, coefficient] of right) terms.set(factors, (terms.get(factors) ?? 0) + coefficient);
  return simplified(terms);
}

export function times(a: Dimension, b: Dimension): Dimension {
  const [left, right] = [termsOf(a), termsOf(b)];
  if (!left || !right) return derived(`(${dimensionKey(a)})·(${dimensionKey(b)})`, [a, b], ([x, y]) => x! * y!);
  const terms = new Map<string, number>();
  for (const [f, c] of left) {
    for (const [g, d] of right) {
      const factors = [...(f ? f.split('·') : []), ...(g ? g.split('·') : [])].sort().join('·');
      terms.set(factors, (terms.get(factors) ?? 0) + c * d);
    }
  }
  return simplified(terms);
}

export function minus(a: Dimension, b: Dimension): Dimension {
  return plus(a, times(-1, b));
}

/** Any other function of dimensions. The key must say all there is to say about the function. */
export function derived(
  key: string,
  of: readonly Dimension[],
  compute: (values: readonly number[]) => number,
): Dimension {
  if (of.every((dimension) => typeof dimension === 'number')) return compute(of as readonly number[]);
  return { key, evaluate: (lengths) => compute(of.map((dimension) => evaluate(dimension, lengths))) };
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly Dimension[]): Dimension {
  return shape.reduce<Dimension>(times, 1);
}

export function describeShape(shape: readonly Dimension[]): string {
  return `[${shape.map(dimensionKey).join(', ')}]`;
}
