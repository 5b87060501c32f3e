import { openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { checkFixture } from './check-fixture.js';
import type { Comparison } from './comparison.js';
import { type Fixture, findFixtures } from './fixture.js';

interface Manifest {
  loss: object;
  optimization: object;
  no_gradient: string[];
}

/** The comparisons of a recorded training that do not hold, with another manifest. */
async function differing(name: string, change: (manifest: Manifest) => object = () => ({})): Promise<Comparison[]> {
  const [found] = findFixtures([fixture(name)]) as [Fixture];
  const manifest = found.manifest as Manifest;
  const engine = await openEngine({ backend: 'wasm' });
  const { comparisons } = await checkFixture({ ...found, manifest: { ...manifest, ...change(manifest) } }, { engine });
  expect(comparisons.length).toBeGreaterThan(60);
  return comparisons.filter(({ passed }) => !passed);
}

describe('the training of V-JEPA 2 and 2.1', { timeout: 120_000 }, () => {
  it.each(['vjepa2-schedule', 'vjepa2-pretrain-two-lengths', 'vjepa21-pretrain'])('is that of %s', async (name) => {
    expect(await differing(name)).toEqual([]);
  });

  it('is another with other weights of distance, and another decay of what has no gradient', async () => {
    const even = await differing('vjepa21-pretrain', ({ loss }) => ({ loss: { ...loss, distance_weights: false } }));
    expect(even.map(({ name }) => name)).toContain('step3.loss_context');
    const one = await differing('vjepa2-pretrain-two-lengths', () => ({ no_gradient: ['predictor.mask_tokens.1'] }));
    expect(one.map(({ name }) => name)).toEqual(['untouched.predictor.mask_tokens.1']);
  });
});
