import { openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { checkFixture } from './check-fixture.js';
import { compareTensor } from './comparison.js';
import { findFixtures, readTensors } from './fixture.js';

const [recorded] = findFixtures([fixture('hf-vjepa2')]);

it('a model and a classifier of transformers, as it computes them and as they were trained', async () => {
  const { comparisons } = await checkFixture(recorded!, { engine: await openEngine({ backend: 'wasm' }) });
  expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
  expect(comparisons).toHaveLength(12);
});

// The differences that the recording names, of the tensors' largest magnitude: what passes as one fails as the other.
it.each([
  ['predictor_last_hidden_state', 'as_trained.prediction', 0.24],
  ['logits', 'as_trained.logits', 0.0559],
  ['logits', 'as_trained.logits_of_layers', 0.167],
  ['wide.last_hidden_state', 'as_trained.wide_features', 0.685],
])('%s and %s are not the same', async (asComputed, asTrained, difference) => {
  const tensors = await readTensors(recorded!);
  const { difference: found } = compareTensor(asTrained, tensors(asComputed), tensors(asTrained), 1e-4);
  expect(found).toBeGreaterThan(difference / 2);
});
