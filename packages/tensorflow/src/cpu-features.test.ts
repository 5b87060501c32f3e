import { describe, expect, it } from 'vitest';
import { multipliesBfloat16, multipliesTiles, runsTensorFlow } from './cpu-features.js';

describe('runsTensorFlow', () => {
  it('wants AVX of processors that say what they have', () => {
    expect(runsTensorFlow(new Set(['sse4_2', 'avx']))).toBe(true);
    expect(runsTensorFlow(new Set(['sse4_2']))).toBe(false);
    expect(runsTensorFlow(new Set())).toBe(true);
    expect(runsTensorFlow()).toBe(true);
  });
});

describe('multipliesBfloat16', () => {
  it('asks the processor', () => {
    expect(multipliesBfloat16(new Set(['avx512f', 'avx512_bf16']), {})).toBe(true);
    expect(multipliesBfloat16(new Set(['amx_tile', 'amx_bf16']), {})).toBe(true);
    expect(multipliesBfloat16(new Set(['avx2', 'avx512f']), {})).toBe(false);
    expect(multipliesBfloat16(new Set(), {})).toBe(false);
  });

  it.each([
    ['AVX2', false],
    ['avx512_core', false],
    ['AVX512_CORE_BF16', true],
    ['AVX512_CORE_AMX', true],
    ['DEFAULT', true],
  ])('keeps to the instruction set that oneDNN is limited to: %s', (limit, expected) => {
    expect(multipliesBfloat16(new Set(['avx512_bf16']), { ONEDNN_MAX_CPU_ISA: limit })).toBe(expected);
    expect(multipliesBfloat16(new Set(['avx512_bf16']), { DNNL_MAX_CPU_ISA: limit })).toBe(expected);
  });
});

describe('multipliesTiles', () => {
  it('asks the processor', () => {
    expect(multipliesTiles(new Set(['avx512_bf16', 'amx_tile', 'amx_bf16']), {})).toBe(true);
    expect(multipliesTiles(new Set(['avx512_bf16', 'amx_tile', 'amx_int8']), {})).toBe(false);
    expect(multipliesTiles(new Set(), {})).toBe(false);
  });

  it.each([
    ['AVX512_CORE_BF16', false],
    ['AVX10_1_512', false],
    ['AVX512_CORE_AMX', true],
    ['avx10_1_512_amx_fp16', true],
    ['DEFAULT', true],
    ['', true],
  ])('keeps to the instruction set that oneDNN is limited to: %s', (limit, expected) => {
    expect(multipliesTiles(new Set(['amx_bf16']), { ONEDNN_MAX_CPU_ISA: limit })).toBe(expected);
    expect(multipliesTiles(new Set(['amx_bf16']), { DNNL_MAX_CPU_ISA: limit })).toBe(expected);
  });
});
