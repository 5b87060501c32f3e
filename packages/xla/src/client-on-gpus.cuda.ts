import { afterEach, describe, expect, it } from 'vitest';
import { loadXla } from './load-xla.js';
import { findPlugin } from './locate.js';
import { openPlugin } from './open-plugin.js';
import { addition } from './pjrt/programs.fixture.js';

// XLA's plug-in for CUDA 12 on the driver without a GPU: what is computed means nothing, see
// packages/tensorflow/fake-cuda/README.md.

const found = findPlugin({ kind: 'cuda12' });
if (found === undefined) {
  console.warn("XLA's plug-in for CUDA 12 is not beside TensorFlow's CUDA build: its tests are skipped");
}
// The fake driver has no virtual memory. Read once, when the first plug-in is loaded.
process.env.XLA_FLAGS += ' --xla_gpu_experimental_vmm_disabled';

const GIB = 2 ** 30;
const machine = (variables: Record<string, string>) => Object.assign(process.env, variables);
afterEach(() => {
  for (const name of ['BYTES', 'GPUS']) delete process.env[`FAKE_CUDA_${name}`];
});

describe.skipIf(found === undefined)("a client of XLA's on GPUs", () => {
  it('takes the GPUs that are named, and so much of their memory as is said', async () => {
    machine({ FAKE_CUDA_GPUS: '3' });
    const plugin = openPlugin(found!);
    const client = await plugin.createClient({ visibleDevices: [0, 1], memoryFraction: 0.5, preallocate: false });
    expect(client.devices.map(({ kind, localHardwareId }) => [kind, localHardwareId])).toEqual([
      ['NVIDIA H200', 0],
      ['NVIDIA H200', 1],
    ]);
    const [device] = client.devices;
    expect(device!.memory()).toMatchObject({ bytesInUse: 0, bytesLimit: 4 * GIB, poolBytes: 0 });
    const x = await client.toDevice(new Float32Array(2 ** 18), { type: 'f32', shape: [2 ** 18] });
    expect(device!.memory()).toMatchObject({ bytesInUse: 2 ** 20, largestAllocation: 2 ** 20, allocations: 1 });
    await x.dispose();
    // The plug-in frees it a moment later, on a thread of its own.
    await expect.poll(() => device!.memory()).toMatchObject({ bytesInUse: 0, peakBytesInUse: 2 ** 20 });
    await client.dispose();
    expect(Object.values(plugin.live).every((count) => count === 0)).toBe(true);
  });

  it('says that a GPU has no room, and goes on', async () => {
    machine({ FAKE_CUDA_BYTES: `${GIB / 2}` });
    const plugin = openPlugin(found!);
    const client = await plugin.createClient({ memoryFraction: 0.25, preallocate: false });
    const small = await client.compile(addition(4));
    const four = () => client.toDevice(new Float32Array(4), { type: 'f32', shape: [4] });
    const size = GIB / 32; // 128 MiB of float32, which is all there is
    const large = client.toDevice(new Float32Array(size + 1), { type: 'f32', shape: [size + 1] });
    await expect(large).rejects.toMatchObject({ code: 'resource-exhausted' });
    expect((await small.execute([await four(), await four()], { donate: [0] })).map(({ shape }) => shape)).toEqual([
      [4],
      [],
    ]);
    await client.dispose();
    expect(Object.values(plugin.live).every((count) => count === 0)).toBe(true);
  });

  it('runs steps on the first GPU, or on each that is asked for, or says which it does not have', async () => {
    const client = { preallocate: false };
    const numbers = async (devices: 'all' | number[] | undefined) => {
      const runtime = await loadXla({ device: 'gpu', devices, client });
      const found = runtime.devices.map(({ localHardwareId }) => localHardwareId);
      await runtime.client.dispose();
      return found;
    };
    expect([await numbers(undefined), await numbers('all'), await numbers([1, 0])]).toEqual([[0], [0, 1], [1, 0]]);
    await expect(numbers([0, 2])).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('GPUs 0, 2 were asked for, and the plug-in has opened 0, 1'),
    });
  });
});
