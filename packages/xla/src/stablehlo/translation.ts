import { type Attributes, knownSizes, type Node, type Value } from '@vjepa/trace';
import type { HloWriter } from './hlo-writer.js';
import type { Mesh } from './sharding.js';
import type { Tensor, TensorType } from './tensor.js';

/** What a translation may ask for. */
export interface TranslationContext {
  hlo: HloWriter;
  /** Whether products of float32 may not be rounded to TF32. */
  precise: boolean;
  /** The devices that share the program; undefined where there is one. */
  mesh: Mesh | undefined;
}

/** Writes one of TensorFlow's operations in StableHLO. */
export type Translation = (
  operands: readonly Tensor[],
  node: Node,
  context: TranslationContext,
) => readonly Tensor[] | Tensor;

/** Translations by the names of their operations. */
export type Translations = Readonly<Record<string, Translation>>;

/** Type and shape of a value; all sizes are fixed here. */
export function typeOf({ dtype, shape }: Value): TensorType {
  return { dtype, shape: shape as readonly number[] };
}

/** Of a node's one result. */
export function resultType({ outputs }: Node): TensorType {
  return typeOf(outputs[0]!);
}

/** The numbers of an int32 input that the program must know: axes, sizes. */
export function numbersOf({ inputs }: Node, index: number, what: string): readonly number[] {
  const value = inputs[index]!;
  const numbers = knownSizes(value);
  if (numbers === undefined) throw new Error(`${what} must be known when a function is compiled`);
  return Array.from(numbers);
}

/** An axis counted from the first. */
export function axisFromFirst(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

export function flagOf(attributes: Attributes, name: string): boolean {
  return (attributes[name]?.value as boolean | undefined) ?? false;
}

export function integerOf(attributes: Attributes, name: string): number {
  return (attributes[name]?.value as number | undefined) ?? 0;
}
