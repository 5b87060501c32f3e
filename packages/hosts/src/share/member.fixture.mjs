// A process that shares a run, over the build: joins as the environment says, does what its argument says, and prints
// what comes of it as lines of JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { hostPlace, joinHosts } from '../../dist/index.js';

const { PATIENCE_MS, KEEPALIVE_MS, GRACE_MS, VJEPA_RESTARTS } = process.env;
const options = {
  patienceMs: Number(PATIENCE_MS ?? 20_000),
  ...(KEEPALIVE_MS && { keepaliveMs: Number(KEEPALIVE_MS) }),
  ...(GRACE_MS && { graceMs: Number(GRACE_MS) }),
  announce: (line) => say({ announce: line }),
};
const deeds = {
  async gather(hosts, count) {
    const seconds = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      const values = await hosts.gather(`step ${i}`, { host: hosts.index, i });
      seconds.push((performance.now() - start) / 1000);
      if (values.some(({ host, i: step }, at) => host !== at || step !== i)) throw new Error(`wrong values at ${i}`);
    }
    say({ medianMs: 1000 * seconds.sort((a, b) => a - b)[count >> 1] });
  },
  /** Gathers until it is killed or another is. */
  async forever(hosts) {
    for (let i = 0; ; i++) {
      await hosts.gather(`step ${i}`, i);
      await sleep(1);
    }
  },
  async store(hosts) {
    const { store, index } = hosts;
    const key = (host) => `greeting of ${host}`;
    if (index === 0) await store.set(key(0), Buffer.from('from 0'));
    else store.setNow(key(index), Buffer.from(`from ${index}`));
    const texts = [];
    for (let host = 0; host < hosts.count; host++) {
      const bytes = (host + index) % 2 ? store.getNow(key(host), 5000) : await store.get(key(host), 5000);
      texts.push(Buffer.from(bytes).toString());
    }
    const start = performance.now();
    for (let i = 0; i < 100; i++) store.tryGetNow(key(0));
    const nowMs = (performance.now() - start) / 100;
    const absent = store.tryGetNow('absent') === undefined;
    const late = await store.get('absent', 50).catch(({ message }) => message);
    const lateNow = await Promise.resolve()
      .then(() => store.getNow('absent', 50))
      .catch(({ message }) => message);
    say({ texts, absent, late, lateNow, nowMs });
  },
  async large(hosts, megabytes) {
    if (hosts.index === 1) await hosts.store.set('large', new Uint8Array(megabytes << 20).fill(7));
    const value = await hosts.store.get('large', 20_000);
    say({ bytes: value.length, right: Buffer.alloc(value.length, 7).equals(value) });
  },
  async names(hosts) {
    await hosts.gather('same', 0);
    await hosts.gather(hosts.index === 1 ? 'validation' : 'step', 0);
  },
  async leaveEarly(hosts) {
    if (hosts.index === 1) return;
    await hosts.gather('more', 0);
  },
  async fail(hosts) {
    if (hosts.index === 1) throw new Error('the videos of host 1 are gone');
    await hosts.gather('never', 0);
  },
  async throwLater(hosts) {
    if (hosts.index !== 1) return hosts.gather('never', 0);
    setTimeout(() => {
      throw new Error('nobody caught this');
    });
    return new Promise(() => {});
  },
  async exit(hosts, code) {
    if (hosts.index === 1) process.exit(code);
    await hosts.gather('never', 0);
  },
  /** The main thread is blocked when the other host is lost. */
  async block(hosts, seconds) {
    if (hosts.index === 1) return new Promise(() => setTimeout(() => {}, 60_000));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000 * seconds);
    await hosts.gather('after', 0);
  },
  /** What launch gave it. */
  async describe(hosts) {
    const { VJEPA_LOCAL_INDEX, VJEPA_LOCAL_COUNT, VJEPA_OF_TEST, OF_TEST } = process.env;
    const local = [VJEPA_LOCAL_INDEX, VJEPA_LOCAL_COUNT].map(Number);
    say({ folder: process.cwd(), local, exported: VJEPA_OF_TEST, kept: OF_TEST, args: process.argv.slice(3) });
    await hosts.gather('described', 0);
  },
  /** Host 1 dies in the first attempt. */
  async dieOnce(hosts) {
    if (hosts.index === 1 && VJEPA_RESTARTS === '0') process.kill(process.pid, 'SIGKILL');
    await hosts.gather('alive', 0);
    say({ attempt: VJEPA_RESTARTS, args: process.argv.slice(3) });
  },
  /** Dies by what others do to it, or ends after so many steps. */
  async steps(hosts, count) {
    say({ pid: process.pid, attempt: VJEPA_RESTARTS });
    for (let i = 0; i < count; i++) {
      await hosts.gather(`step ${i}`, i);
      await sleep(10);
    }
    say({ done: VJEPA_RESTARTS });
  },
  /** Ends in order at SIGINT. */
  async untilSignal(hosts) {
    say({ pid: process.pid });
    let signals = 0;
    process.on('SIGINT', () => signals++);
    while ((await hosts.gather('signals', signals)).some((count) => count === 0)) await sleep(10);
    await sleep(100);
    say({ signals });
  },
  /** Gathers for ever, under a keeper. */
  async keeper(hosts) {
    say({ pid: process.pid, keeper: process.ppid });
    for (let i = 0; ; i++) {
      await hosts.gather(`step ${i}`, i);
      await sleep(10);
    }
  },
  /** Does not mind signals. */
  async deaf() {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => say({ heard: signal }));
    say({ pid: process.pid });
    await sleep(60_000);
  },
};

const [deed = 'gather', argument = '1'] = process.argv.slice(2);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
if (deed === 'early' && hostPlace()?.index === 1) process.exit(Number(argument));
try {
  const hosts = await joinHosts(hostPlace(), options);
  say({ joined: hosts.index, addresses: hosts.addresses });
  hosts.onLost(({ code, message }) => say({ lost: code, message }));
  try {
    await deeds[deed](hosts, Number(argument));
    await hosts.leave();
  } catch (error) {
    await hosts.fail(error);
    throw error;
  }
  say('left');
} catch (error) {
  say({ error: error.code ?? error.name, message: error.message });
  process.exitCode = error.exitCode ?? 1;
}
