import { expect, it } from 'vitest';
import { swapFramesAndChannels } from './swap-axes.js';

it('frames and channels change places, and back', () => {
  const clips = { shape: [1, 2, 3, 1, 2], data: Float32Array.from({ length: 12 }, (_, i) => i) };
  const swapped = swapFramesAndChannels(clips);
  expect(swapped.shape).toEqual([1, 3, 2, 1, 2]);
  expect([...swapped.data]).toEqual([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
  expect(swapFramesAndChannels(swapped)).toEqual(clips);
});
