import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPlugin } from '@vjepa/xla';
import { describe, expect, it } from 'vitest';

// Two processes on the driver without a GPU. XLA's plug-in and NCCL are the real ones: NCCL finds the driver out when it starts, and
// so these tests end there.

const found = findPlugin({ kind: 'cuda12' });
if (found === undefined) {
  console.warn("XLA's plug-in for CUDA 12 is not beside TensorFlow's CUDA build: its tests are skipped");
}
const fixture = fileURLToPath(new URL('xla-host.fixture.mjs', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(found === undefined)('two hosts with a GPU each', () => {
  it('find each other, compile one step for both, and exchange the key of NCCL', async () => {
    const coordinator = `127.0.0.1:${await freePort()}`;
    const ends = [0, 1].map((index) =>
      promisify(execFile)(process.execPath, [fixture], {
        env: {
          ...process.env,
          ...{ VJEPA_HOST_INDEX: String(index), VJEPA_HOST_COUNT: '2', VJEPA_COORDINATOR: coordinator },
          XLA_FLAGS: `${process.env.XLA_FLAGS} --xla_gpu_experimental_vmm_disabled`,
        },
      }),
    );
    const hosts = (await Promise.all(ends)).map(({ stdout }) => JSON.parse(stdout));
    for (const [index, { description, devices, own, gathered, text, refusal, alone }] of hosts.entries()) {
      expect(description).toContain(`on GPU 0 (NVIDIA H200), host ${index} of 2`);
      expect([devices, own]).toEqual([2, 1]);
      expect(gathered).toEqual([0, 7, 1, 7]);
      expect(text).toContain('sdy.mesh @devices = <["host"=2, "part"=1, "copy"=1]>');
      expect(text).toContain('%input.x: tensor<16x4xf32>');
      // Its key is there by then: without one each host would wait for it for ten minutes.
      expect(refusal).toContain('ncclCommInitRankConfig');
      expect(alone).toEqual([]);
    }
    expect(hosts[0].text).toBe(hosts[1].text);
  });
});
