/**
 * The source of randomness every sampler takes as an argument.
 *
 * `nextUint32()` returns the next integer of the stream, uniform on 0 .. 2^32 - 1.
 */
export interface RandomGenerator {
  nextUint32(): number;
}
