import { describe, expect, it } from 'vitest';
import { parallelMap } from './parallel-map.js';

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('parallelMap', () => {
  it('keeps the order of its items and never runs more than the limit', async () => {
    let [running, most] = [0, 0];
    const doubled = await parallelMap([5, 1, 3, 0, 2], 2, async (ms) => {
      most = Math.max(most, ++running);
      await soon(ms);
      running--;
      return ms * 2;
    });
    expect(doubled).toEqual([10, 2, 6, 0, 4]);
    expect(most).toBe(2);
  });

  it('throws the first error and starts nothing after it', async () => {
    const started: number[] = [];
    const work = async (item: number) => {
      started.push(item);
      await soon(1);
      if (item === 1) throw new Error('item 1');
    };
    await expect(parallelMap([0, 1, 2, 3, 4, 5], 2, work)).rejects.toThrow('item 1');
    expect(started.length).toBeLessThan(6);
  });
});
