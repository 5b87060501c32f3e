import { readdirSync, readFileSync } from 'node:fs';
import { type BenchmarkName, publishedResults } from '@vjepa/benchmarks';
import { describe, expect, it } from 'vitest';

const PROTOCOL = 'frozen, V-JEPA 2 protocol';
const FOLDER = new URL('../../../../configs/pretrain/', import.meta.url);
const NAMES: Readonly<Record<string, BenchmarkName>> = {
  SSv2: 'something-something-v2',
  K400: 'kinetics-400',
  IN1K: 'imagenet-1k',
};
const MODELS: readonly (readonly [file: RegExp, model: string, resolution: number])[] = [
  [/^vjepa2_vitl16/, 'V-JEPA 2 ViT-L/16', 256],
  [/^vjepa2_vith16/, 'V-JEPA 2 ViT-H/16', 256],
  [/^vjepa2_vitg16/, 'V-JEPA 2 ViT-g/16', 256],
  [/^vjepa2_1_vitg16/, 'V-JEPA 2.1 ViT-g/16', 384],
  [/^vjepa2_1_vitgigantic16/, 'V-JEPA 2.1 ViT-G/16', 384],
];

describe('what the heads of V-JEPA 2’s recipes expect', () => {
  const expecting = readdirSync(FOLDER).flatMap((file) => {
    const line = /^# Expect .*SSv2 .*$/m.exec(readFileSync(new URL(file, FOLDER), 'utf8'))?.[0];
    return line !== undefined && file.startsWith('vjepa2') ? [{ file, line }] : [];
  });

  it('is there for each size that was published', () => {
    for (const [pattern] of MODELS) expect(expecting.filter(({ file }) => pattern.test(file))).not.toEqual([]);
  });

  it.each(expecting)('$file: is what was published', ({ file, line }) => {
    const [, model, resolution] = MODELS.find(([pattern]) => pattern.test(file))!;
    const found = [...line.matchAll(/(SSv2|K400|IN1K) ([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]);
    const published = Object.entries(NAMES).map(([name, benchmark]) => {
      const results = publishedResults(benchmark);
      return [
        name,
        results.find(
          (result) => result.model === model && result.resolution === resolution && result.setting === PROTOCOL,
        )?.value,
      ];
    });
    expect(found).toEqual(published);
  });
});
