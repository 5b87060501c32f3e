/** Conversions between float32 and the two 16-bit floating point types, whole arrays at a time. */

/** bfloat16 is float32's upper half, so widening is exact. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Rounds to nearest, ties to even; NaN stays NaN. */
export function narrowToBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const notANumber = (word & 0x7fff_ffff) > 0x7f80_0000;
    bits[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** IEEE 754 binary16 to float32, exact. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  const values = new Float32Array(words.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    // Zero and subnormals are fraction · 2^-24, which float32 holds as a normal number.
    if (exponent === 0) values[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    else if (exponent === 0x1f) words[i] = sign | 0x7f80_0000 | (fraction << 13);
    else words[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}

/** float32 to IEEE 754 binary16, to nearest, ties to even; too large values become infinite. */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, narrowWord);
}

function narrowWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // From 65520 on, halfway between the greatest half and the next power of two.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) return sign | narrowSubnormal(magnitude);
  const rebased = magnitude - 0x3800_0000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

/** Below 2^-14 a half counts in steps of 2^-24. */
function narrowSubnormal(magnitude: number): number {
  const exponent = magnitude >>> 23;
  const shift = 126 - exponent;
  if (shift > 24) return 0;
  const significand = (magnitude & 0x7f_ffff) | 0x80_0000;
  const half = 2 ** (shift - 1);
  const quotient = significand >>> shift;
  const remainder = significand - quotient * 2 ** shift;
  const roundUp = remainder > half || (remainder === half && quotient % 2 === 1);
  return quotient + (roundUp ? 1 : 0);
}
