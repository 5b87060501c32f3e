import type { RunSession, StepMetrics } from '@vjepa/training';
import { expect, it } from 'vitest';
import { hostTable } from './host-table.js';

const session = (...hosts: string[]) =>
  ({ hosts: hosts.map((host) => ({ host, cpu: 'A <fast> one', cores: 8 })) }) as unknown as RunSession;
const step = (host_data_ms: number[]) =>
  ({ host_data_ms, host_compute_ms: host_data_ms.map((wait) => 2000 - wait) }) as unknown as StepMetrics;

it('says of each host what it waited, and which holds the others up', () => {
  const { text } = hostTable({ metrics: [step([10, 900, 10])], sessions: [session('a', 'b', 'c')] })!;
  expect(text).toContain('Host 1 waits 0.900 s a step for its clips');
  expect(text).toContain(
    '<td>b: A &lt;fast&gt; one, 8 cores</td><td class="number">0.900 s</td><td class="number">1.100 s</td>',
  );
  expect(hostTable({ metrics: [step([10, 12, 10])], sessions: [session('a', 'b', 'c')] })!.text).not.toContain(
    'notice',
  );
});

it('is not there for one process', () => {
  expect(hostTable({ metrics: [{} as StepMetrics], sessions: [] })).toBeUndefined();
});
