import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { cpuPlugin, describeWithCpuPlugin } from '../with-cpu-plugin.fixture.js';
import type { Client } from './client.js';

/** The sum of so many scalars, and of their squares. */
function sums(count: number): string {
  const parameters = Array.from({ length: count }, (_, i) => `%x${i}: tensor<f32>`).join(', ');
  const lines = ['%s0 = stablehlo.add %x0, %x0 : tensor<f32>'];
  for (let i = 1; i < count; i++) lines.push(`%s${i} = stablehlo.add %s${i - 1}, %x${i} : tensor<f32>`);
  return `func.func public @main(${parameters}) -> tensor<f32> {\n${lines.join('\n')}\n return %s${count - 1} : tensor<f32>\n}`;
}

async function withClient<R>(work: (client: Client) => Promise<R>): Promise<R> {
  const client = await cpuPlugin().createClient();
  try {
    return await work(client);
  } finally {
    await client.dispose();
  }
}

describeWithCpuPlugin('a program that is run many times', () => {
  // Optimised code holds nothing that it does not use any more: what C still reads was collected under it.
  it(
    'reads its arguments as they were given, however often and whatever is collected meanwhile',
    { timeout: 300_000 },
    () =>
      withClient(async (client) => {
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc') as () => void;
        const count = 64;
        const program = await client.compile(sums(count));
        const one = { type: 'f32', shape: [] } as const;
        const arguments_ = await Promise.all(
          Array.from({ length: count }, () => client.toDevice(Float32Array.of(1), one)),
        );
        for (let run = 0; run < 12_000; run++) {
          const running = program.execute(arguments_);
          if (run > 6000 && run % 50 === 0) collect();
          const [sum] = await running;
          const [value] = new Float32Array((await sum!.toHost()).buffer as ArrayBuffer);
          if (value !== count + 1) expect.fail(`run ${run} gave ${value}, not ${count + 1}`);
          await sum!.dispose();
        }
      }),
  );

  it('leaves threads to whoever reads files while it runs', { timeout: 60_000 }, () =>
    withClient(async (client) => {
      const size = 1200;
      const type = `tensor<${size}x${size}xf32>`;
      const products = Array.from({ length: 10 }, (_, i) => {
        return `%p${i + 1} = stablehlo.dot_general %p${i}, %x, contracting_dims = [1] x [0] : (${type}, ${type}) -> ${type}`;
      });
      const results = Array.from({ length: 8 }, (_, i) => `%p${i + 3}`);
      const types = results.map(() => type);
      const program = await client.compile(
        `func.func public @main(%x: ${type}) -> (${types.join(', ')}) {\n%p0 = stablehlo.add %x, %x : ${type}\n` +
          `${products.join('\n')}\n return ${results.join(', ')} : ${types.join(', ')}\n}`,
      );
      const x = await client.toDevice(new Float32Array(size * size), { type: 'f32', shape: [size, size] });
      const begun = performance.now();
      const outputs = await program.execute([x]);
      const ready = Promise.all(outputs.map((output) => output.ready())).then(() => performance.now() - begun);
      await readFile(new URL(import.meta.url));
      const read = performance.now() - begun;
      expect(read).toBeLessThan((await ready) / 2);
    }),
  );
});
