import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addressOf } from '@vjepa/native';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cpuPlugin, describeWithCpuPlugin } from '../with-cpu-plugin.fixture.js';
import type { Buffer } from './buffer.js';
import type { Client } from './client.js';
import type { LiveObjects } from './lifetime.js';
import type { Plugin } from './plugin.js';
import { addition, ENDLESS, REPLICAS, TRANSPOSE } from './programs.fixture.js';

const NOTHING: LiveObjects = { client: 0, topology: 0, executable: 0, loadedExecutable: 0, buffer: 0, event: 0 };

let plugin: Plugin;
let client: Client;

describeWithCpuPlugin("a client of XLA's devices", () => {
  beforeEach(async () => {
    plugin = cpuPlugin();
    client = await plugin.createClient({ cpuDevices: 2 });
  });
  afterEach(async () => {
    await client.dispose();
    expect(plugin.live).toEqual(NOTHING);
  });

  const vector = (values: number[]) =>
    client.toDevice(Float32Array.from(values), { type: 'f32', shape: [values.length] });
  const numbers = async (buffer: Buffer) => [...new Float32Array((await buffer.toHost()).buffer as ArrayBuffer)];

  it('refuses what would end the process, or is nobody’s', async () => {
    await expect(client.compile('')).rejects.toThrow('the program is empty');
    await expect(client.compile(addition(3), { replicas: 0 })).rejects.toThrow(
      'replicas: expected a whole number of at least 1, found 0',
    );
    await expect(client.compile(addition(3), { replicas: 2, devices: [[0]] })).rejects.toThrow(
      'devices: [[0]] are not 2 replicas of 1 partitions',
    );
    await expect(plugin.createClient({ cpuDevices: -1 })).rejects.toThrow('cpuDevices: expected a whole number');
    const other = await plugin.createClient({ cpuDevices: 1 });
    const [device] = other.devices;
    const one = { type: 'f32', shape: [1] } as const;
    await expect(client.toDevice(new Float32Array(1), one, { device })).rejects.toThrow(
      'device 0 (cpu) is another client',
    );
    const x = await vector([1]);
    await expect(x.copyTo(device!)).rejects.toThrow('device 0 (cpu) is another client');
    await other.dispose();
    await expect(client.toDevice(new Float32Array(1), { type: 'f33' as 'f32', shape: [1] })).rejects.toThrow(
      'there are no elements of type f33: there are i1, i8',
    );
    await expect(client.toDevice(new Float32Array(1), { type: 'f32', shape: [0.5] })).rejects.toThrow(
      '[0.5] is no shape: sizes are whole numbers',
    );
  });

  it('says of a program what there is to say while anything of it is held', async () => {
    const { executable } = await client.compile(addition(3));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let i = 0; i < 5; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(executable.isLoaded).toBe(true);
    expect(executable.memory().arguments).toBeGreaterThan(0);
  });

  it('names its devices', () => {
    expect(client.platform).toBe('cpu');
    expect(client.devices.map(({ id, kind, isAddressable }) => [id, kind, isAddressable])).toEqual([
      [0, 'cpu', true],
      [1, 'cpu', true],
    ]);
    expect(client.devices[0]!.memory()).toBeUndefined(); // a CPU keeps no account
  });

  it('compiles StableHLO and runs it', async () => {
    const program = await client.compile(addition(3));
    expect(program.outputs).toEqual([
      { type: 'f32', shape: [3] },
      { type: 'f32', shape: [] },
    ]);
    const [sum, total] = await program.execute([await vector([1, 2, 3]), await vector([10, 20, 30])]);
    expect(await numbers(sum!)).toEqual([11, 22, 33]);
    expect(await numbers(total!)).toEqual([66]);
    expect([sum!.type, sum!.shape, sum!.byteLength, sum!.device.id]).toEqual(['f32', [3], 12, 0]);
  });

  it('compares types and shapes of arguments with the program’s, before anything is given up', async () => {
    const program = await client.compile(`module @scale {
      func.func public @main(%w: tensor<2x3xf32> loc("encoder/w"), %mask: tensor<2xi1>, %x: tensor<2xbf16>) -> tensor<2x3xf32> {
        %y = stablehlo.add %w, %w : tensor<2x3xf32>
        return %y : tensor<2x3xf32>
      }
    }`);
    expect(program.parameters).toEqual([
      { name: 'encoder/w', type: 'f32', shape: [2, 3] },
      { name: '', type: 'i1', shape: [2] },
      { name: '', type: 'bf16', shape: [2] },
    ]);
    const w = await client.toDevice(new Float32Array(6), { type: 'f32', shape: [2, 3] });
    const turned = await client.toDevice(new Float32Array(6), { type: 'f32', shape: [3, 2] });
    const whole = await client.toDevice(new Int32Array(6), { type: 'i32', shape: [2, 3] });
    const mask = await client.toDevice(new Uint8Array(2), { type: 'i1', shape: [2] });
    const bytes = await client.toDevice(new Uint8Array(2), { type: 'ui8', shape: [2] });
    const x = await client.toDevice(new Uint16Array(2), { type: 'bf16', shape: [2] });
    const halves = await client.toDevice(new Uint16Array(2), { type: 'f16', shape: [2] });
    for (const [given, message] of [
      [[turned, mask, x], "argument 0 ('encoder/w') is to be f32[2,3], and f32[3,2] was given"],
      [[whole, mask, x], "argument 0 ('encoder/w') is to be f32[2,3], and i32[2,3] was given"],
      [[w, bytes, x], 'argument 1 is to be i1[2], and ui8[2] was given'],
      [[w, mask, halves], 'argument 2 is to be bf16[2], and f16[2] was given'],
    ] as const) {
      const refused = program.execute(given, { donate: [0] });
      await expect(refused).rejects.toMatchObject({ code: 'invalid-argument', message });
      expect(given[0]!.isDisposed).toBe(false);
    }
    const loaded = await client.load(await program.executable.serialize());
    await expect(loaded.execute([turned, mask, x])).rejects.toThrow("argument 0 ('encoder/w') is to be f32[2,3]");
    expect(await program.execute([w, mask, x])).toHaveLength(1);
  });

  it('gives values row after row, whatever their order on the device, into memory that is there', async () => {
    const program = await client.compile(TRANSPOSE);
    const x = await client.toDevice(Int32Array.of(1, 2, 3, 4, 5, 6), { type: 'i32', shape: [2, 3] });
    const [y] = await program.execute([x]);
    const into = new Int32Array(new SharedArrayBuffer(32), 4, 6);
    await y!.toHost(into);
    expect([...into]).toEqual([1, 4, 2, 5, 3, 6]);
    await expect(y!.toHost(new Int32Array(5))).rejects.toThrow('i32[3,2] has 24 bytes, and memory for 20 was given');
  });

  it('moves arrays of no element, and of none but one', async () => {
    const empty = await client.toDevice(new Float32Array(), { type: 'f32', shape: [0, 4] });
    expect((await empty.toHost()).length).toBe(0);
    const one = await client.toDevice(BigInt64Array.of(-5n), { type: 'i64', shape: [] });
    expect(new BigInt64Array((await one.toHost()).buffer as ArrayBuffer)).toEqual(BigInt64Array.of(-5n));
  });

  it('lends aligned memory instead of copying it, and never writes into it', async () => {
    const { buffer: memory, byteOffset } = alignedTo64(4096);
    const aligned = new Float32Array(memory, byteOffset, 1024).fill(1);
    const lent = await client.toDevice(aligned, { type: 'f32', shape: [1024] }, { lend: true });
    expect(lent.sharesMemoryWith(aligned)).toBe(true);
    expect(plugin.live.event).toBe(1); // memory is held until XLA has done with it
    const program = await client.compile(addition(1024));
    const copied = await client.toDevice(aligned, { type: 'f32', shape: [1024] });
    expect(copied.sharesMemoryWith(aligned)).toBe(false);
    const outputs = await program.execute([lent, copied], { donate: [0] });
    expect((await numbers(outputs[0]!))[0]).toBe(2);
    expect(aligned.every((value) => value === 1)).toBe(true);
    await Promise.all([lent, copied, ...outputs].map((buffer) => buffer.dispose()));
    expect(plugin.live).toMatchObject({ buffer: 0, event: 0 });
  });

  it('gives up arguments that are donated, and keeps the others', async () => {
    const program = await client.compile(addition(2));
    const [state, x] = [await vector([1, 2]), await vector([3, 4])];
    const [kept] = await program.execute([state, x]);
    expect(state.isDisposed).toBe(false);
    expect(await numbers(state)).toEqual([1, 2]);
    const [sum] = await program.execute([state, x], { donate: [0] });
    expect([state.isDisposed, x.isDisposed]).toEqual([true, false]);
    expect([await numbers(kept!), await numbers(sum!)]).toEqual([
      [4, 6],
      [4, 6],
    ]);
    await expect(state.toHost()).rejects.toMatchObject({
      code: 'disposed',
      message: 'the buffer has been disposed of',
    });
    await expect(program.execute([state, x])).rejects.toMatchObject({ code: 'disposed' });
    await expect(program.execute([sum!, x], { donate: [2] })).rejects.toThrow('argument 2 is to be given up');
  });

  it('runs a program on several devices at once, in the order asked for', async () => {
    const program = await client.compile(REPLICAS, { replicas: 2, devices: [[1], [0]] });
    expect(program.devices.map(({ id }) => id)).toEqual([1, 0]);
    const inputs = await Promise.all(
      program.devices.map((device, i) =>
        client.toDevice(Float32Array.of(i, 1, 2), { type: 'f32', shape: [3] }, { device }),
      ),
    );
    const outputs = await program.executeOn(inputs.map((input) => [input]));
    expect(outputs.map(([sum]) => sum!.device.id)).toEqual([1, 0]);
    for (const [sum] of outputs) expect(await numbers(sum!)).toEqual([1, 2, 4]);
    await expect(program.execute([inputs[0]!])).rejects.toThrow('runs on 2 devices, and arguments for 1 were given');
  });

  it('copies from device to device', async () => {
    const copy = await (await vector([7])).copyTo(client.devices[1]!);
    expect([copy.device.id, await numbers(copy)]).toEqual([1, [7]]);
  });

  it('knows what a program takes, and tells programs apart', async () => {
    const [one, same, other] = [
      await client.compile(addition(1024)),
      await client.compile(addition(1024)),
      await client.compile(addition(512)),
    ].map(({ executable }) => executable);
    expect(one!.memory()).toMatchObject({ arguments: 8192, outputs: expect.any(Number), aliased: 4096 });
    expect(one!.name).toBe('addition');
    expect([one!.replicas, one!.partitions]).toEqual([1, 1]);
    expect(same!.fingerprint).toEqual(one!.fingerprint);
    expect(other!.fingerprint).not.toEqual(one!.fingerprint);
    const { format, code } = await one!.optimizedProgram();
    expect(format).toMatch(/^hlo/);
    expect(code.length).toBeGreaterThan(100);
  });

  it('takes up a program that was serialised', async () => {
    const serialized = await (await client.compile(addition(2))).executable.serialize();
    const program = await client.load(serialized);
    const [sum] = await program.execute([await vector([1, 2]), await vector([3, 4])]);
    expect(await numbers(sum!)).toEqual([4, 6]);
  });

  it('runs a thousand donating executions in flat memory, off the event loop', { timeout: 120_000 }, async () => {
    const SIZE = 2 ** 18; // 1 MiB
    const program = await client.compile(addition(SIZE));
    const ones = new Float32Array(SIZE).fill(1);
    const x = await client.toDevice(ones, { type: 'f32', shape: [SIZE] });
    let state = await client.toDevice(new Float32Array(SIZE), { type: 'f32', shape: [SIZE] });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    const step = async () => {
      const [sum, total] = await program.execute([state, x], { donate: [0] });
      state = sum!;
      const value = (await numbers(total!))[0]!;
      await total!.dispose();
      return value;
    };
    for (let i = 1; i <= 100; i++) await step();
    const before = process.memoryUsage().rss;
    for (let i = 101; i < 1000; i++) await step();
    expect(await step()).toBe(1000 * SIZE);
    clearInterval(ticking);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    expect(plugin.live).toMatchObject({ buffer: 2, event: 0, loadedExecutable: 1 });
    expect(ticks).toBeGreaterThan(10);
  });

  it('leaves the event loop free while it compiles', async () => {
    const many = addition(64).replace(
      '%zero =',
      `${Array.from({ length: 4000 }, (_, i) => `%s${i} = stablehlo.multiply %sum, %x : tensor<64xf32>`).join('\n')}\n%zero =`,
    );
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    await client.compile(many);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
  });

  it('ends what is forgotten, once it has been collected', async () => {
    const program = await client.compile(addition(4));
    await (async () => {
      await program.execute([await vector([1, 2, 3, 4]), await vector([1, 2, 3, 4])]);
    })();
    expect(plugin.live.buffer).toBe(4);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await expect
      .poll(() => {
        collect();
        return plugin.live.buffer;
      })
      .toBe(0);
  });

  it('waits with the end of a buffer for the calls that work with it', async () => {
    const buffer = await vector(Array.from({ length: 10_000 }, (_, i) => i));
    const values = buffer.toHost();
    const gone = buffer.dispose();
    expect(buffer.isDisposed).toBe(true);
    expect(new Float32Array((await values).buffer as ArrayBuffer)[9999]).toBe(9999);
    await gone;
    expect(plugin.live.buffer).toBe(0);
  });

  it('ends with all that is on its devices, though calls are under way', async () => {
    const program = await client.compile(addition(3));
    const run = program.execute([await vector([1, 2, 3]), await vector([1, 2, 3])]);
    await Promise.all([client.dispose(), run]);
    expect(plugin.live).toEqual(NOTHING);
    await expect(vector([1])).rejects.toMatchObject({ code: 'disposed', message: 'the client has been disposed of' });
    await expect(program.execute([])).rejects.toMatchObject({ code: 'disposed' });
    expect(() => client.devices[0]!.memory()).toThrow('the client has been disposed of');
  });

  it('says in one error what it refuses, and keeps nothing of it', async () => {
    const live = plugin.live;
    const word = await client.compile('module { nonsense }').catch((error: unknown) => error);
    expect(word).toMatchObject({ name: 'XlaError', code: 'unknown' }); // PJRT's own code
    expect((word as Error).message).toContain("-:1:10: error: custom op 'nonsense' is unknown");
    await expect(client.toDevice(new Float32Array(2), { type: 'f32', shape: [2, 3] })).rejects.toThrow(
      'f32[2,3] takes 24 bytes, and 8 were given',
    );
    await expect(client.load(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ name: 'XlaError' });
    await expect(plugin.createClient({ memoryFraction: 0.5 })).rejects.toThrow('memory_fraction'); // a GPU's option
    expect(plugin.live).toEqual(live);
    const program = await client.compile(addition(3));
    const x = await vector([1, 2, 3]);
    await expect(program.execute([x])).rejects.toThrow('the program takes 2 arguments, and 1 were given');
    await expect(program.execute([x, await vector([1])])).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(plugin.live).toMatchObject({ buffer: 2, event: 0 });
  });

  it('says that a device has no room', async () => {
    const program = await client.compile(ENDLESS);
    const x = await client.toDevice(Float32Array.of(1), { type: 'f32', shape: [] });
    await expect(program.execute([x])).rejects.toMatchObject({
      code: 'resource-exhausted',
      message: expect.stringContaining('Out of memory allocating 70368744177664 bytes'),
    });
    expect(plugin.live.buffer).toBe(1);
  });

  it('compiles for devices that are not there only where the plug-in can', async () => {
    await expect(plugin.createTopology({ targetConfig: '' })).rejects.toMatchObject({ code: 'unimplemented' });
  });
});

/** Memory whose address is a multiple of 64. */
function alignedTo64(bytes: number): Uint8Array {
  const memory = new SharedArrayBuffer(bytes + 63);
  return new Uint8Array(memory, Number(-addressOf(memory) & 63n), bytes);
}
