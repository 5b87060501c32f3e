import '@vjepa/test-kit/all-close';
import { openEngine } from '@vjepa/engine';
import { attentiveProbeConfig } from '@vjepa/probe';
import { expect, it } from 'vitest';
import { freshProbe, probeRunner } from './probe-runner.js';
import { classFeatures, SMALL_ENCODER } from './small-features.fixture.js';

it('a probe is asked about all looks together or in parts, where they would be too many: the answers are the same', async () => {
  const { layout, features } = classFeatures(3);
  const sizes = { selfAttention: 'before', numHeads: 3, depth: 2 } as const;
  const probe = attentiveProbeConfig(SMALL_ENCODER, 3, sizes);
  const together = new Float32Array(features.flatMap((values) => [...values!]));
  const engine = await openEngine({ backend: 'wasm' });
  const answers: Float64Array[] = [];
  for (const looksTogether of [undefined, 1, 4]) {
    const runner = probeRunner(engine, probe, 2, freshProbe(probe, 1), { looksTogether });
    const [own, other] = await runner.probabilities(together, layout);
    expect(own).toEqual(other);
    answers.push(own!);
    runner.dispose();
  }
  expect(answers[0]).toHaveLength(3 * 3);
  for (const other of answers.slice(1)) expect([...other]).toBeAllClose([...answers[0]!], { atol: 1e-6 });
});
