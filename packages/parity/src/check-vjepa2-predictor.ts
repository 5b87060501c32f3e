import * as tf from '@tensorflow/tfjs-core';
import { predictVjepa2, predictVjepa2WithContext } from '@vjepa/vit';
import { type Comparison, tolerance } from './comparison.js';
import { type Fixture, readTensors } from './fixture.js';
import { compareOutputs, inARow, tensorsWithPrefix } from './fixture-outputs.js';
import type { ParityEngine } from './parity-engine.js';
import { type FixtureVjepa2Predictor, fixtureVjepa2Predictor } from './vjepa2-fixture-models.js';

interface PredictorManifest {
  model: FixtureVjepa2Predictor;
  cases: { mask_index: number; modality?: 'image' | 'video' }[];
}

/** Kinds `vjepa2-predictor` and `vjepa21-predictor`: predictions, in V-JEPA 2.1 of the context too. */
export async function checkVjepa2Predictor(
  fixture: Fixture,
  { engine }: { engine: ParityEngine },
): Promise<Comparison[]> {
  const { model, cases } = fixture.manifest as PredictorManifest;
  const version = fixture.kind === 'vjepa21-predictor' ? '2.1' : '2';
  const config = fixtureVjepa2Predictor(version, model);
  const tensors = await readTensors(fixture);
  const parameters = tensorsWithPrefix(tensors, 'predictor.');
  const comparisons: Comparison[] = [];
  for (const [c, { mask_index: maskIndex, modality }] of cases.entries()) {
    const prefix = `case${c}.`;
    const [context, seen, wanted] = ['context', 'mask_context', 'mask_target'].map((name) => tensors(prefix + name));
    const inputs = { context: context!, seen: inARow(seen!), wanted: wanted! };
    const request = { prefix, inputs, within: tolerance.forward };
    const found = await compareOutputs(engine, tensors, parameters, request, (state, given) => {
      const { context, wanted } = given;
      const [B, Kc] = context!.shape as [number, number];
      const seen = tf.reshape(given.seen!, [B, Kc]);
      const options = { maskIndex, modality };
      const prediction = predictVjepa2(config, state, context!, seen, wanted!, options);
      if (version === '2') return { prediction };
      const both = predictVjepa2WithContext(config, state, context!, seen, wanted!, options);
      return { prediction, context_prediction: both.context };
    });
    comparisons.push(...found);
  }
  return comparisons;
}
