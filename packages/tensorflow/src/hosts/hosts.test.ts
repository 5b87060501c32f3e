import { fork } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { build } from 'tsup';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';
import { exchangingStep, type HostMessage, type HostResult, numbers } from './host.fixture.js';

const folder = temporaryFolder('hosts');

/** Runs the step in several processes that share its batches. */
function onHosts(count: number, devices: number): Promise<HostResult[]> {
  const gathered = new Map<string, unknown[]>();
  const results: HostResult[] = [];
  const hosts = Array.from({ length: count }, (_, i) =>
    fork(join(folder, 'host.js'), [String(i), String(count), String(devices)], { execArgv: [] }),
  );
  return new Promise((resolve, reject) => {
    for (const [i, host] of hosts.entries()) {
      host.on('exit', (code, signal) => code !== 0 && reject(new Error(`host ${i} ended with ${code ?? signal}`)));
      host.on('message', (message: HostMessage) => {
        if ('result' in message) {
          results[i] = message.result;
          if (Object.keys(results).length === count) resolve(results);
          return;
        }
        const values = gathered.get(message.gather) ?? [];
        gathered.set(message.gather, values);
        values[i] = message.value;
        if (Object.keys(values).length < count) return;
        for (const other of hosts) other.send({ name: message.gather, values });
      });
    }
  });
}

describeWithTensorFlow('a step of several processes', () => {
  // A host is a process of its own, so it is built to plain JavaScript first.
  beforeAll(async () => {
    await build({
      entry: { host: fileURLToPath(new URL('./host.fixture.ts', import.meta.url)) },
      ...{ outDir: folder, format: ['esm'], outExtension: () => ({ js: '.js' }), target: 'node20', platform: 'node' },
      ...{ noExternal: [/^@vjepa.(native|files)/], external: [/^[^./]/], config: false, silent: true },
    });
    symlinkSync(
      fileURLToPath(new URL('../../node_modules', import.meta.url)),
      join(folder, 'node_modules'),
      'junction',
    );
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  }, 120_000);

  it.each([
    { count: 2, devices: 1 },
    { count: 3, devices: 1 },
    { count: 2, devices: 3 },
  ])(
    'is that of one process: $count hosts of $devices devices',
    async ({ count, devices }) => {
      const runtime = await loadTensorFlow();
      const alone = runtime.compile(exchangingStep, { state: { w: numbers([2]) }, device: '/device:CPU:0' });
      const hosts = await onHosts(count, devices);
      for (let t = 0; t < 3; t++) {
        const expected = await alone({ x: numbers([12, 2], 100 * t) });
        for (const name of ['loss', 'sum', 'least', 'samples']) {
          for (const { outputs } of hosts) {
            expect(outputs[t]![name]![0], `${name} of step ${t}`).toBeCloseTo(Number(expected[name]!.data[0]), 5);
          }
        }
        const rows = hosts.flatMap(({ outputs }) => outputs[t]!.rows!);
        for (const [i, row] of rows.entries()) expect(row).toBeCloseTo(Number(expected.rows!.data[i]), 6);
        expect(rows).toHaveLength(12);
      }
      const { w } = await alone.readState();
      for (const host of hosts) {
        expect(host.w).toEqual(hosts[0]!.w);
        for (const [i, value] of host.w.entries()) expect(value).toBeCloseTo(Number(w!.data[i]), 6);
      }
      alone.dispose();
    },
    120_000,
  );
});
