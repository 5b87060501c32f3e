import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openPlugin } from '../../packages/xla/dist/index.js';

// Without the driver that stands in for a GPU's, on which CUPTI would not start: then the host's threads are seen alone.

it("XLA's own profiler writes down what it does", async () => {
  const plugin = openPlugin({ path: process.env.VJEPA_AHEAD_PLUGIN, source: 'cache', kind: 'cuda13' });
  const targetConfig = readFileSync(new URL('h200.txtpb', import.meta.url), 'utf8');
  const program = `func.func public @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    %y = stablehlo.add %x, %x : tensor<3xf32>
    return %y : tensor<3xf32>
  }`;
  const { result, space, unseen } = await plugin.watched(async () => {
    const topology = await plugin.createTopology({ targetConfig });
    return topology.compile(program, { flags: { xla_gpu_autotune_level: 0 } });
  });
  expect(unseen).toBeUndefined();
  expect(result.memory().arguments).toBeGreaterThan(0);
  const text = Buffer.from(space).toString('latin1');
  expect(text).toContain('/host:CPU');
  expect(text).toMatch(/HloPass|RunBackend|Compile/);
  await expect(plugin.watched(() => Promise.reject(new Error('of the work')))).rejects.toThrow('of the work');
  expect((await plugin.watched(async () => 1)).space).toBeInstanceOf(Uint8Array); // a session that failed is over
});
