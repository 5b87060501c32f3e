import { describe, expect, it } from 'vitest';
import { outcomes, startMembers } from './members.fixture.js';

describe('hosts that share a run', () => {
  it('gather hundreds of times, in about a millisecond each', async () => {
    const members = await startMembers(3, ['gather', 300]);
    for (const { end, line } of await outcomes(members, 'medianMs')) {
      // Right values are the member's own check. 0.8 ms on a busy core.
      expect(end).toBe(0);
      expect(line?.medianMs).toBeLessThan(10);
    }
    const { line } = (await outcomes(members, 'joined'))[1]!;
    expect(line).toEqual({ joined: 1, addresses: ['127.0.0.1', '127.0.0.1', '127.0.0.1'] });
    expect(members.every(({ lines }) => lines.at(-1) === 'left')).toBe(true);
  });

  it('share a store, with and without the event loop', async () => {
    for (const { end, line } of await outcomes(await startMembers(3, ['store']), 'texts')) {
      const absent = 'key "absent": was not set within 50 ms; see which host should have set it';
      expect(end).toBe(0);
      expect(line).toMatchObject({
        texts: ['from 0', 'from 1', 'from 2'],
        absent: true,
        late: absent,
        lateNow: absent,
      });
    }
  });

  it('pass on values of many megabytes, and refuse more than 64', async () => {
    const large = await outcomes(await startMembers(2, ['large', 20]), 'bytes');
    expect(large.map(({ line }) => line)).toEqual(Array(2).fill({ bytes: 20 << 20, right: true }));
    const [other, own] = await outcomes(await startMembers(2, ['large', 65]), 'error');
    const tooLarge = 'key "large": expected at most 67108864 bytes, found 68157440; send it in parts';
    expect(own).toEqual({ end: 1, line: { error: 'too-large', message: tooLarge } });
    expect(other?.line?.error).toBe('host-failed');
    expect(other?.line?.message).toContain(tooLarge);
  });

  it('all hear who did what when they do not do the same', async () => {
    const ofNames = await outcomes(await startMembers(3, ['names']), 'error');
    for (const { end, line } of ofNames) {
      expect(end).toBe(1);
      expect(line?.error).toBe('out-of-step');
      expect(line?.message).toMatch(
        /host \d gathers "(step|validation)" where hosts? [\d, ]+ gathers? "(step|validation)"/,
      );
    }
    const [waiting, left] = await outcomes(await startMembers(2, ['leaveEarly']), 'error');
    expect(waiting?.line).toMatchObject({ error: 'out-of-step' });
    expect(waiting?.line?.message).toContain('host 1 left where host 0 gathers "more"');
    expect(left?.line).toEqual(waiting?.line);
  });

  it.each([
    ['fail', [], 1, 'host-failed', /^host 1 \(.*, process \d+\): the videos of host 1 are gone; mend that/],
    ['throwLater', [], 1, 'host-failed', /ended by an uncaught error: nobody caught this/],
    ['exit', [3], 1, 'host-failed', /ended with code 3/],
    ['exit', [0], 75, 'host-lost', /ended \(code 0\) without leaving the run; start the run again/],
  ])('hear the cause of an end: %s %o', async (deed, args, code, error, message) => {
    const [first, , third] = await outcomes(await startMembers(3, [deed, ...args]), 'error');
    for (const other of [first, third]) {
      expect(other).toMatchObject({ end: code, line: { error } });
      expect(other?.line?.message).toMatch(message);
    }
  });
});
