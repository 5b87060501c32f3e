import { describe, expect, it } from 'vitest';
import { AtOnce } from './at-once.js';

describe('AtOnce', () => {
  it('has no more under way than it may, in the order asked for, whatever becomes of them', async () => {
    const atOnce = new AtOnce(3);
    const begun: number[] = [];
    let underWay = 0;
    let most = 0;
    const calls = Array.from({ length: 20 }, (_, i) =>
      atOnce.do(async () => {
        begun.push(i);
        most = Math.max(most, ++underWay);
        await new Promise((done) => setTimeout(done, i % 3));
        underWay--;
        if (i % 4 === 0) throw new Error(`call ${i}`);
        return i;
      }),
    );
    const results = await Promise.allSettled(calls);
    expect(most).toBe(3);
    expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect(await atOnce.do(async () => 'free again')).toBe('free again');
  });
});
