/** A place on a circle of length 1: 0 <= place < 1. */
export function wrap(value: number): number {
  return value - Math.floor(value);
}

/** A place on a circle of some length: 0 <= place < length. */
export function modulo(value: number, length: number): number {
  return ((value % length) + length) % length;
}
