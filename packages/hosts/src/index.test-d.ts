// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import { type HostPlace, HostsError, hostPlace, joinHosts, launch } from './index.js';

const place = hostPlace();
expectTypeOf(place).toEqualTypeOf<HostPlace | undefined>();
if (place !== undefined) {
  const hosts = await joinHosts(place, { patienceMs: undefined, token: undefined, announce: undefined });
  expectTypeOf(await hosts.gather('seconds', { wait: 1 })).toEqualTypeOf<{ wait: number }[]>();
  expectTypeOf(hosts.store.tryGetNow).returns.toEqualTypeOf<Uint8Array | undefined>();
  hosts.onLost((error) => expectTypeOf(error).toEqualTypeOf<HostsError>());
  // @ts-expect-error: a key holds bytes
  await hosts.store.set('key', 'text');
}
// @ts-expect-error: no such code
new HostsError({ code: 'lost', subject: 'host 1' });
expectTypeOf(launch).returns.resolves.toBeNumber();
await launch({
  hosts: 'node1,node2',
  command: ['node', 'train.js'],
  restarts: undefined,
  ssh: undefined,
  port: undefined,
});
