import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../launch/free-port.js';
import { packageVersion } from '../package-version.js';
import { connect } from './connect.js';
import { startMember, startMembers } from './members.fixture.js';
import type { ToHost } from './message.js';

/** Numbers in [0, 1): a linear congruential generator. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

describe('a host that is killed', () => {
  const draw = draws(19);
  it.each([0, 1, 2, 0, 1])('is noticed by the others at once: host %i', async (victim) => {
    const members = await startMembers(3, ['forever']);
    await Promise.all(members.map(({ line }) => line(({ joined }) => joined !== undefined)));
    await sleep(200 * draw());
    const killed = performance.now();
    members[victim]!.process.kill('SIGKILL');
    for (const [index, member] of members.entries()) {
      const { end, at } = await member.ended;
      expect(end).toBe(index === victim ? 'SIGKILL' : 75);
      if (index === victim) continue;
      expect(member.lines.at(-1)).toMatchObject({ error: 'host-lost' });
      expect(JSON.stringify(member.lines.at(-1))).toContain(`host ${victim} (`);
      expect(at - killed).toBeLessThan(5000);
    }
  });

  it('is noticed when its machine gives no sign of life', async () => {
    const members = await startMembers(3, ['forever'], { KEEPALIVE_MS: '400' });
    await Promise.all(members.map(({ line }) => line(({ joined }) => joined !== undefined)));
    members[1]!.process.kill('SIGSTOP');
    for (const member of [members[0]!, members[2]!]) {
      expect((await member.ended).end).toBe(75);
      expect(member.lines.at(-1)).toMatchObject({ error: 'host-lost' });
      expect(JSON.stringify(member.lines.at(-1))).toContain('host 1 (');
    }
    members[1]!.process.kill('SIGKILL');
  });

  it('takes a process along whose main thread does not hear of it', async () => {
    const [first, second] = await startMembers(2, ['block', 20], { GRACE_MS: '500' });
    await Promise.all([first!, second!].map(({ line }) => line(({ joined }) => joined !== undefined)));
    const killed = performance.now();
    second!.process.kill('SIGKILL');
    const { end, at } = await first!.ended;
    expect(end).toBe('SIGKILL');
    expect(at - killed).toBeLessThan(10_000);
  });

  it('is noticed while others are waited for', async () => {
    const port = await freePort();
    const [first, second] = [0, 1].map((index) => startMember({ index, count: 4, port }, ['forever']));
    const heard: ToHost[] = [];
    let broke: ((reason: string) => void) | undefined;
    const ended = new Promise<string>((resolve) => {
      broke = resolve;
    });
    // This process is host 3; host 2 never comes.
    const link = await connect({
      address: `127.0.0.1:${port}`,
      join: {
        header: { type: 'join', index: 3, count: 4, version: packageVersion(), token: '', machine: 'this', pid: 1 },
      },
      keepaliveMs: 10_000,
      receive: ({ header }) => heard.push(header),
      broke: (reason) => broke?.(reason),
      failed() {},
      signal: AbortSignal.timeout(20_000),
    });
    const said = (wanted: ToHost['type'], test: (header: ToHost) => boolean = () => true) =>
      vi.waitFor(() => expect(heard.some((header) => header.type === wanted && test(header))).toBe(true), 20_000);
    await said('waiting', (header) => header.type === 'waiting' && !header.missing.includes(1));
    second!.process.kill('SIGKILL');
    await said('broken');
    expect(JSON.stringify(heard.at(-1))).toMatch(/"host-lost".*host 1 \(/);
    expect((await first!.ended).end).toBe(75);
    expect(first!.lines.at(-1)).toMatchObject({ error: 'host-lost' });
    // And host 0's own end.
    expect(await ended).toMatch(/./);
    await link?.close();
  });
});
