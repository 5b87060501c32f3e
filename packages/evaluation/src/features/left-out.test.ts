import { describe, expect, it } from 'vitest';
import { type LeftOut, withSecondTry } from './left-out.js';

const failure = (name: string, passing: boolean): LeftOut => ({ name, reason: `${name}: bad`, passing });

describe('withSecondTry', () => {
  it('asks once more for what could not be reached, and for nothing else', async () => {
    const asked: string[][] = [];
    const failed = await withSecondTry(['a', 'b', 'c', 'd'], async (files) => {
      asked.push([...files]);
      const all =
        asked.length === 1 ? [failure('b', false), failure('c', true), failure('d', true)] : [failure('d', true)];
      return new Map(all.map((each) => [each.name, each]));
    });
    expect(asked).toEqual([
      ['a', 'b', 'c', 'd'],
      ['c', 'd'],
    ]);
    expect([...failed.keys()]).toEqual(['b', 'd']);
  });

  it('asks once where nothing may pass', async () => {
    let times = 0;
    const failed = await withSecondTry(['a'], async () => {
      times++;
      return new Map([['a', failure('a', false)]]);
    });
    expect([times, failed.size]).toEqual([1, 1]);
  });
});
