import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkEntry } from '@vjepa/benchmarks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { cachedFeatures, type FeatureCacheOptions } from './feature-cache.js';
import type { BadSample, FeatureSource } from './feature-source.js';

const layout = { looks: 1, tokens: 2, width: 4 };
let folder: string;
let entries: BenchmarkEntry[];
/** Positions that were computed, in order. */
let computed: number[];
/** What fails, and whether that passes. */
let failing: Map<number, { passing: boolean }>;
let damage: string[];
let made: number;

beforeEach(() => {
  folder = temporaryFolder('feature-cache');
  entries = Array.from({ length: 4 }, (_, i) => {
    const path = join(folder, `${i}.mp4`);
    writeFileSync(path, `film ${i}`);
    return { path, label: i };
  });
  [computed, damage, failing, made] = [[], [], new Map(), 1];
});

/** Features of a sample: eight times 10 · made + its position. */
function source(): FeatureSource {
  return {
    layout,
    usable: [...entries.keys()],
    unusable: [],
    preferredBatch: 3,
    async *batches(plan) {
      for (const requests of plan) {
        const indices = requests.map(({ index }) => index);
        computed.push(...indices);
        const bad = indices.flatMap((index): BadSample[] => {
          const { path, label } = entries[index]!;
          const failure = failing.get(index);
          return failure ? [{ index, path, label, reason: `${path}: away`, ...failure }] : [];
        });
        const features = Float32Array.from({ length: 8 * indices.length }, (_, i) => 10 * made + indices[i >> 3]!);
        yield { features, indices, labels: new Int32Array(indices.length), bad };
      }
    },
    close: async () => {},
  };
}

/** One call: the first value of each sample's features, and the samples that have none. */
async function call(more: Partial<FeatureCacheOptions> = {}) {
  const cached = await cachedFeatures({
    ...{ folder: join(folder, 'cache'), entries, settings: {}, precision: 'float32', versions: 1, layout },
    ...{ open: source, onDamage: (message) => damage.push(message), ...more },
  });
  try {
    const values: number[] = [];
    const bad: number[] = [];
    for await (const batch of cached.batches([entries.map((_, index) => ({ index, epoch: 0, draw: index }))])) {
      for (let i = 0; i < entries.length; i++) values.push(batch.features[8 * i]!);
      bad.push(...batch.bad.map(({ index }) => index));
    }
    return { values, bad, usable: cached.usable };
  } finally {
    await cached.close();
  }
}

function shard(): string {
  const cache = join(folder, 'cache');
  const found = readdirSync(cache, { recursive: true }).find((name) => String(name).endsWith('.safetensors'));
  return join(cache, String(found));
}

describe('cached features', () => {
  it('are computed once', async () => {
    expect(await call()).toEqual({ values: [10, 11, 12, 13], bad: [], usable: [0, 1, 2, 3] });
    made = 2;
    expect(await call()).toMatchObject({ values: [10, 11, 12, 13] });
    expect(computed).toEqual([0, 1, 2, 3]);
  });

  it('remember failures of a sample’s own, and none that pass', async () => {
    failing = new Map([
      [1, { passing: false }],
      [2, { passing: true }],
    ]);
    expect(await call()).toEqual({ values: [10, 0, 0, 13], bad: [1, 2], usable: [0, 3] });
    // Once more at the end of the call.
    expect(computed).toEqual([0, 1, 2, 3, 2]);
    failing.delete(2);
    made = 2;
    expect(await call()).toEqual({ values: [10, 0, 22, 13], bad: [1], usable: [0, 2, 3] });
    expect(computed).toEqual([0, 1, 2, 3, 2, 2]);
  });

  it('of a truncated shard are computed again, and the shard is named', async () => {
    await call();
    truncateSync(shard(), readFileSync(shard()).length - 5);
    made = 2;
    expect(await call()).toMatchObject({ values: [20, 21, 22, 23] });
    expect(damage).toEqual([expect.stringContaining(shard())]);
    expect(await call()).toMatchObject({ values: [20, 21, 22, 23] });
    expect(damage).toHaveLength(1);
  });

  it('are never those of a shard with a flipped bit', async () => {
    await call();
    const whole = readFileSync(shard());
    const path = shard();
    made = 2;
    for (let bit = 3; bit < 8 * whole.length; bit += 61) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      damage = [];
      const { values } = await call();
      for (const [i, value] of values.entries()) expect([10 + i, 20 + i], `bit ${bit}`).toContain(value);
      expect(damage, `bit ${bit}`).toEqual([expect.stringContaining(path)]);
    }
  });

  it('that were damaged and cannot be computed again are an error', async () => {
    await call();
    const flipped = readFileSync(shard());
    flipped[flipped.length - 1]! ^= 1;
    writeFileSync(shard(), flipped);
    failing.set(3, { passing: true });
    await expect(call()).rejects.toThrow(/cannot be computed again: .*3\.mp4: away/);
  });

  it('are not those of a film that was replaced, nor of an archive', async () => {
    const member = { path: `${join(folder, 'films.tar')}#tar:512+6:a.mp4`, label: 0 };
    writeFileSync(join(folder, 'films.tar'), 'one');
    entries.push(member);
    await call();
    made = 2;
    utimesSync(entries[1]!.path, 1, 1);
    expect(await call()).toMatchObject({ values: [20, 21, 22, 23, 24] });
    made = 3;
    writeFileSync(join(folder, 'films.tar'), 'another');
    expect(await call()).toMatchObject({ values: [30, 31, 32, 33, 34] });
  });
});
