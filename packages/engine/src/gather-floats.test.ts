import { expect, it } from 'vitest';
import { floatGatherer } from './gather-floats.js';

/** Hosts of one process, which gather what all have given. */
function groups(count: number) {
  const waiting = new Map<string, { values: unknown[]; resolve: ((values: unknown[]) => void)[] }>();
  return Array.from({ length: count }, (_, index) => ({
    gather: <T>(name: string, value: T) =>
      new Promise<T[]>((resolve) => {
        const asked = waiting.get(name) ?? { values: [], resolve: [] };
        waiting.set(name, asked);
        asked.values[index] = value;
        asked.resolve.push(resolve as (values: unknown[]) => void);
        if (asked.resolve.length === count) for (const answer of asked.resolve) answer(asked.values);
      }),
  }));
}

it("gathers one host's numbers after the other's, bit for bit, in messages that fit", async () => {
  const gatherers = groups(2).map(floatGatherer);
  const all = await Promise.all([
    gatherers[0]!(Float32Array.of(0.1, -0, Number.NaN)),
    gatherers[1]!(Float32Array.of(3, 4, 5)),
  ]);
  for (const found of all) expect(found).toEqual(Float32Array.of(0.1, -0, Number.NaN, 3, 4, 5));
  expect(await Promise.all(gatherers.map((gather) => gather(new Float32Array())))).toEqual([
    new Float32Array(),
    new Float32Array(),
  ]);
  const size = 2 ** 22 + 3; // one more message than fits
  const long = await Promise.all(gatherers.map((gather, host) => gather(new Float32Array(size).fill(host + 1))));
  for (const found of long) {
    expect(found.length).toBe(2 * size);
    expect([found[0], found[size - 1], found[size], found[2 * size - 1]]).toEqual([1, 1, 2, 2]);
  }
});
