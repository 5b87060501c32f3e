import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pythonSetOrder } from './python-set-order.js';

// What CPython 3.11 prints for `list(set(pairs))`.
describe('pythonSetOrder', () => {
  it('walks a small set as CPython does', () => {
    const pairs = [0, 1, 2].flatMap((v) => [0, 1, 2].map((n) => [v, n] as const));
    const order = '01 12 21 00 11 20 02 22 10'.split(' ').map((pair) => [...pair].map(Number));
    expect(pythonSetOrder(pairs)).toEqual(order);
  });

  it('walks a set that has grown several times, and knows a pair again', () => {
    let x = 1;
    const pairs = Array.from({ length: 9000 }, () => {
      x = (x * 48271) % 2147483647;
      return [x % 97, Math.floor(x / 97) % 300] as const;
    });
    const order = pythonSetOrder(pairs);
    expect(order.length).toBe(7702);
    expect(createHash('sha256').update(JSON.stringify(order)).digest('hex')).toBe(
      'e09dbfa6ca9c58b6e875599f4f82a71f9c37f0c6d68b56057570b8612e46a8c1',
    );
  });
});
