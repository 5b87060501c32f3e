import { createServer } from 'node:http';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { HostsError } from '../hosts-error.js';
import { freePort } from '../launch/free-port.js';
import { packageVersion } from '../package-version.js';
import { connect } from './connect.js';
import { type MemberProcess, startMember } from './members.fixture.js';
import { encodeMessage } from './message.js';
import { SHARE } from './service.js';

const last = ({ lines }: MemberProcess) => lines.at(-1);

/** Joins host 0 at a port from this process, as something that it is not. */
function joinAs(port: number, join: Partial<{ index: number; count: number; version: string; token: string }>) {
  const refused = connect({
    address: `127.0.0.1:${port}`,
    join: {
      header: { type: 'join', index: 1, count: 2, version: packageVersion(), token: '', machine: 'a', pid: 1, ...join },
    },
    keepaliveMs: 10_000,
    receive() {},
    broke() {},
    failed() {},
    signal: AbortSignal.timeout(20_000),
  });
  return refused.then(
    () => undefined,
    (error: unknown) => (error instanceof HostsError ? { code: error.code, message: error.message } : error),
  );
}

/** Says something else than who it is, or `{ type }` alone; resolves when host 0 has ended the stream. */
function endOfStream(port: number, said: Buffer | string): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const bytes = typeof said === 'string' ? encodeMessage({ header: { type: said } }) : said;
  const stream = client.makeBidiStreamRequest(
    SHARE.path,
    (message: Buffer) => message,
    (message) => message,
  );
  stream.on('data', () => {});
  stream.on('error', () => {});
  stream.write(bytes);
  return new Promise((resolve) => {
    stream.on('status', () => {
      client.close();
      resolve();
    });
  });
}

describe('what does not belong to a run is told', () => {
  it('another version, and so are the others', async () => {
    const port = await freePort();
    const first = startMember({ index: 0, count: 2, port }, ['gather']);
    const message = `host 1 at 127.0.0.1: expected @vjepa/hosts ${packageVersion()}, as host 0 has, found 99.0.0; install the same version everywhere`;
    expect(await joinAs(port, { version: '99.0.0' })).toEqual({ code: 'refused', message });
    expect((await first.ended).end).toBe(1);
    expect(last(first)).toEqual({ error: 'refused', message });
  });

  it('another count', async () => {
    const port = await freePort();
    const members = [2, 3].map((count, index) => startMember({ index, count, port }, ['gather']));
    for (const member of members) {
      expect((await member.ended).end).toBe(1);
      const message =
        'host 1 at 127.0.0.1: expected 2 hosts, as host 0 does, found 3; start all hosts with the same count';
      expect(last(member)).toEqual({ error: 'refused', message });
    }
  });

  it('a second of the same index, a stranger, and a host too many, while the run goes on', async () => {
    const port = await freePort();
    const start = (index: number) =>
      startMember({ index, count: 3, port }, ['gather'], { VJEPA_HOSTS_TOKEN: 'secret' });
    const [first, second] = [start(0), start(1)];
    const stranger = await joinAs(port, { index: 2, count: 3, token: 'guessed' });
    expect(stranger).toMatchObject({ code: 'refused' });
    expect(JSON.stringify(stranger)).toMatch(/a process at 127.0.0.1: has another VJEPA_HOSTS_TOKEN than host 0/);
    const third = await joinAs(port, { index: 0, count: 3, token: 'secret' });
    expect(JSON.stringify(third)).toMatch(/host 0 at 127.0.0.1: the index is taken by host 0 \(.*, process \d+\)/);
    const outside = await joinAs(port, { index: 3, count: 3, token: 'secret' });
    expect(JSON.stringify(outside)).toMatch(/expected an index from 0 to 2, found 3/);
    const members = [first, second, start(2)];
    for (const member of members) expect((await member.ended).end).toBe(0);
    const refusals = first.lines.filter((line) => typeof line === 'object' && line.announce?.startsWith('refused'));
    expect(refusals).toHaveLength(3);
  });

  it('bytes that are no messages', async () => {
    const port = await freePort();
    const [first, second] = [0, 1].map((index) => startMember({ index, count: 2, port }, ['steps', 40]));
    await first!.line(({ joined }) => joined !== undefined);
    await fetch(`http://127.0.0.1:${port}/`).catch(() => {});
    const junk = [Buffer.alloc(0), Buffer.from('no message'), Buffer.from([2, 0, 0, 0, 0x7b, 0x7d]), 'join', 'set'];
    await Promise.all(junk.map((bytes) => endOfStream(port, bytes)));
    for (const member of [first!, second!]) expect((await member.ended).end).toBe(0);
  });
});

describe('hosts that do not come together', () => {
  it('say that the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const first = startMember({ index: 0, count: 2, port }, ['gather']);
    const second = startMember({ index: 1, count: 2, port }, ['gather'], { PATIENCE_MS: '2500' });
    expect((await first.ended).end).toBe(1);
    expect(last(first)).toMatchObject({ error: 'port-in-use' });
    expect(JSON.stringify(last(first))).toContain(`port ${port} is in use on this machine; choose another port`);
    expect((await second.ended).end).toBe(1);
    expect(JSON.stringify(last(second))).toMatch(
      /"unreachable".*host 1 of 2: waited for host 0 at 127.0.0.1:\d+ for 3 s; /,
    );
    server.closeAllConnections();
    server.close();
  });

  it('say that another service is there', async () => {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) => {
      const started = (error: Error | null, bound: number) => (error ? reject(error) : resolve(bound));
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), started);
    });
    const message = `coordinator 127.0.0.1:${port}: another service answers there; choose another port, the same on every host`;
    expect(await joinAs(port, {})).toEqual({ code: 'refused', message });
    server.forceShutdown();
  });

  it('say whom they waited for', async () => {
    const port = await freePort();
    const [first, second] = [0, 2].map((index) =>
      startMember({ index, count: 3, port }, ['gather'], { PATIENCE_MS: index === 0 ? '2000' : '20000' }),
    );
    expect((await first!.ended).end).toBe(1);
    expect(last(first!)).toMatchObject({ error: 'unreachable' });
    expect(JSON.stringify(last(first!))).toMatch(
      /host 0 of 3: waited for host 1 at .* for 2 s; see whether they were started/,
    );
    expect((await second!.ended).end).toBe(1);
    expect(JSON.stringify(last(second!))).toMatch(/"host-failed".*host 0 .*waited for host 1 at/);
  });
});
