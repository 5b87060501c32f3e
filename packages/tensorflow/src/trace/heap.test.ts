import { expect, it } from 'vitest';
import { Heap } from './heap.js';

it('what has the lowest key comes first', () => {
  const heap = new Heap<number>((item) => item);
  const items = Array.from({ length: 200 }, (_, i) => (i * 7919) % 211);
  for (const item of items) heap.push(item);
  const popped = Array.from({ length: 200 }, () => heap.pop());
  expect(popped).toEqual([...items].sort((a, b) => a - b));
  expect(heap.pop()).toBeUndefined();
});
