import { expect, it } from 'vitest';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from './half-precision.js';

const everyPattern = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits);
const isNaN16 = (bits: number, exponentMask: number, fractionMask: number) =>
  (bits & exponentMask) === exponentMask && (bits & fractionMask) !== 0;

it('every float16 widens and narrows back to itself', () => {
  const back = narrowToFloat16(widenFloat16(everyPattern));
  for (const [index, bits] of everyPattern.entries()) {
    if (isNaN16(bits, 0x7c00, 0x3ff)) expect(isNaN16(back[index]!, 0x7c00, 0x3ff)).toBe(true);
    else if (back[index] !== bits) expect(back[index]).toBe(bits);
  }
});

it('every bfloat16 widens and narrows back to itself', () => {
  const back = narrowToBfloat16(widenBfloat16(everyPattern));
  for (const [index, bits] of everyPattern.entries()) {
    if (isNaN16(bits, 0x7f80, 0x7f)) expect(isNaN16(back[index]!, 0x7f80, 0x7f)).toBe(true);
    else if (back[index] !== bits) expect(back[index]).toBe(bits);
  }
});

it('float16 values that IEEE 754 names', () => {
  expect(Array.from(widenFloat16(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0x8000)))).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
});

it('narrowing rounds to nearest, ties to even', () => {
  const half = (value: number) => widenFloat16(narrowToFloat16(Float32Array.of(value)))[0];
  expect(half(1 + 2 ** -11)).toBe(1);
  expect(half(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
  expect(half(1 + 2 ** -11 + 2 ** -20)).toBe(1 + 2 ** -10);
  expect(half(65519)).toBe(65504);
  expect(half(65520)).toBe(Number.POSITIVE_INFINITY);
  expect(half(2 ** -25)).toBe(0);
  expect(half(1.5 * 2 ** -25)).toBe(2 ** -24);
  expect(half(-3 * 2 ** -25)).toBe(-(2 ** -23));
  expect(half(2 ** -14 - 2 ** -26)).toBe(2 ** -14);
  const brain = (value: number) => widenBfloat16(narrowToBfloat16(Float32Array.of(value)))[0];
  expect(brain(1 + 2 ** -8)).toBe(1);
  expect(brain(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
  expect(brain(3.4e38)).toBe(Number.POSITIVE_INFINITY);
});
