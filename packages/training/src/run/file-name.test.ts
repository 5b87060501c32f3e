import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileNameFor, isFileName } from './file-name.js';

const OUTSIDE = ['..', '.', '../x', '/etc/x', '..\\x', 'C:x', 'a/b', 'a\0b', 'a\nb', ''];

describe('a file name', () => {
  it('is one that leaves the file in its folder', () => {
    for (const name of ['jepa', 'k400-16x8x3', '.hidden', 'a b', 'é']) expect(isFileName(name)).toBe(true);
    for (const name of [...OUTSIDE, 'x'.repeat(101)]) expect(isFileName(name)).toBe(false);
  });

  it('is made of any text, another for each', () => {
    const texts = [...OUTSIDE, '1j20qq1JyX4', 'a%2fb', 'a:b', 'a%3ab'];
    const names = texts.map((text) => `${fileNameFor(text)}-0.safetensors`);
    for (const name of names) expect(join('/run/features', name)).toBe(`/run/features/${name}`);
    expect(new Set(names).size).toBe(texts.length);
    expect(fileNameFor('1j20qq1JyX4')).toBe('1j20qq1JyX4');
  });
});
