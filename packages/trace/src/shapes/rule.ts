import { dataTypeName } from '../data-type.js';
import type { Attributes, Value } from '../node.js';
import { type InferredResult, knownSizes } from '../shape-inference.js';

/** What comes out of an operation, by what goes in. Throws an Error with the reason where that does not go together. */
export type Rule = (inputs: readonly Value[], attributes: Attributes) => readonly InferredResult[];

/** Rules by the names of their operations. */
export type Rules = Readonly<Record<string, Rule>>;

/** The same rule for each of several operations. */
export function each(names: readonly string[], rule: Rule): Rules {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** One result. */
export function result(dtype: number, shape: readonly number[] | undefined): readonly InferredResult[] {
  return [{ dtype, shape }];
}

/** Sizes of a value: while a function is traced they are numbers. */
export function shapeOf({ shape }: Value): readonly number[] {
  return shape as readonly number[];
}

/** The elements of an int32 constant; undefined where they are not known before the function runs. */
export function elementsOf(value: Value): readonly number[] | undefined {
  const sizes = knownSizes(value);
  return sizes && Array.from(sizes);
}

/** The elements of an int32 constant that a shape depends on: axes, sizes. */
export function requireElements(value: Value, what: string): readonly number[] {
  const elements = elementsOf(value);
  if (elements === undefined) throw new Error(`${what} must be known when a function is compiled`);
  return elements;
}

/** The type that all operands' elements have. */
export function commonType(values: readonly Value[]): number {
  const [{ dtype }] = values as [Value];
  const other = values.find((value) => value.dtype !== dtype);
  if (other === undefined) return dtype;
  throw new Error(`the operands have elements of two types, ${dataTypeName(dtype)} and ${dataTypeName(other.dtype)}`);
}

/** An axis counted from the first, of one that may be counted from the last. */
export function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (counted < 0 || counted >= rank) throw new Error(`axis ${axis} is none of a tensor of rank ${rank}`);
  return counted;
}

export function flag(attributes: Attributes, name: string): boolean {
  return (attributes[name]?.value as boolean | undefined) ?? false;
}

export function integer(attributes: Attributes, name: string): number {
  return (attributes[name]?.value as number | undefined) ?? 0;
}

/** The shape that two are broadcast to, as NumPy does it. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - (rank - a.length)] ?? 1;
    const right = b[i - (rank - b.length)] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`shapes [${a}] and [${b}] cannot be broadcast to one`);
    }
    return left === 1 ? right : left;
  });
}

/** How many elements a shape has. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
