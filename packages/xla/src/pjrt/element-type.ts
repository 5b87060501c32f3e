import { XlaError } from '../xla-error.js';

/** `PJRT_Buffer_Type` and bytes of an element, by the names that StableHLO has for types of elements. */
const TYPES = {
  i1: { number: 1, bytes: 1 },
  i8: { number: 2, bytes: 1 },
  i16: { number: 3, bytes: 2 },
  i32: { number: 4, bytes: 4 },
  i64: { number: 5, bytes: 8 },
  ui8: { number: 6, bytes: 1 },
  ui16: { number: 7, bytes: 2 },
  ui32: { number: 8, bytes: 4 },
  ui64: { number: 9, bytes: 8 },
  f16: { number: 10, bytes: 2 },
  f32: { number: 11, bytes: 4 },
  f64: { number: 12, bytes: 8 },
  bf16: { number: 13, bytes: 2 },
  'complex<f32>': { number: 14, bytes: 8 },
} as const;

/** A type of elements, as StableHLO writes it. A truth value, `i1`, is a byte, 0 or 1, in memory. */
export type ElementType = keyof typeof TYPES;

const names = new Map(Object.entries(TYPES).map(([name, { number }]) => [number as number, name as ElementType]));

/** The number PJRT has for a type. */
export function typeNumber(type: ElementType): number {
  return TYPES[type].number;
}

/** @throws XlaError `invalid-argument` where there is no such type, or a size is none */
function requireArray(type: ElementType, shape: readonly number[]): void {
  if (!Object.hasOwn(TYPES, type)) {
    throw new XlaError(
      'invalid-argument',
      `there are no elements of type ${type}: there are ${Object.keys(TYPES).join(', ')}`,
    );
  }
  if (Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
  throw new XlaError('invalid-argument', `${JSON.stringify(shape)} is no shape: sizes are whole numbers`);
}

/** @throws XlaError `unimplemented` for types that this package has no name for */
export function typeOfNumber(number: number): ElementType {
  const type = names.get(number);
  if (type === undefined) throw new XlaError('unimplemented', `elements of PJRT's type ${number} cannot be read here`);
  return type;
}

/** XLA's `PrimitiveType`, as programs have it, of types whose number is not PJRT's. */
const PRIMITIVES = new Map<number, ElementType>([
  [15, 'complex<f32>'],
  [16, 'bf16'],
]);

/** The type of elements with that number in a program; undefined where this package has no name for it. */
export function typeOfPrimitive(number: number): ElementType | undefined {
  const sameInBoth = number <= TYPES.f64.number ? names.get(number) : undefined;
  return sameInBoth ?? PRIMITIVES.get(number);
}

/** Bytes of an array without gaps. @throws XlaError `invalid-argument` where there is no such type, or a size is none */
export function arrayBytes(type: ElementType, shape: readonly number[]): number {
  requireArray(type, shape);
  return shape.reduce((product, size) => product * size, TYPES[type].bytes);
}
