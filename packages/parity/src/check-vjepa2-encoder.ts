import {
  encodeVjepa2Patches,
  encodeVjepa2PatchesLayers,
  encodeVjepa2PatchesLevels,
  vjepa2ClipPatches,
} from '@vjepa/vit';
import { type Comparison, tolerance } from './comparison.js';
import { type Fixture, readTensors } from './fixture.js';
import { compareOutputs, tensorsWithPrefix } from './fixture-outputs.js';
import type { ParityEngine } from './parity-engine.js';
import { type FixtureVjepa2Encoder, fixtureVjepa2Encoder } from './vjepa2-fixture-models.js';

interface EncoderManifest {
  model: FixtureVjepa2Encoder;
  cases: { masks: number; out_layers: number[] | null }[];
}

/**
 * Kinds `vjepa2-encoder` and `vjepa21-encoder`: features of clips of several sizes, of single layers and of what masks
 * leave; in V-JEPA 2.1 the levels too.
 */
export async function checkVjepa2Encoder(
  fixture: Fixture,
  { engine }: { engine: ParityEngine },
): Promise<Comparison[]> {
  const { model, cases } = fixture.manifest as EncoderManifest;
  const version = fixture.kind === 'vjepa21-encoder' ? '2.1' : '2';
  const config = fixtureVjepa2Encoder(version, model);
  const tensors = await readTensors(fixture);
  const parameters = tensorsWithPrefix(tensors, 'encoder.');
  const comparisons: Comparison[] = [];
  for (const [c, { masks, out_layers }] of cases.entries()) {
    const maskNames = Array.from({ length: masks }, (_, i) => `mask.${i}`);
    const prefix = `case${c}.`;
    const inputs = Object.fromEntries(['clip', ...maskNames].map((name) => [name, tensors(prefix + name)]));
    const request = { prefix, inputs, within: tolerance.forward };
    const found = await compareOutputs(engine, tensors, parameters, request, (state, { clip, ...given }) => {
      const patches = vjepa2ClipPatches(config, clip!);
      const levels = version === '2.1' ? { hierarchical: encodeVjepa2PatchesLevels(config, state, patches) } : {};
      const layers = encodeVjepa2PatchesLayers(config, state, patches, out_layers ?? [config.depth - 1]);
      const encodeMasked = version === '2.1' ? encodeVjepa2PatchesLevels : encodeVjepa2Patches;
      return {
        ...levels,
        features: encodeVjepa2Patches(config, state, patches),
        ...Object.fromEntries((out_layers ?? []).map((_, i) => [`layer.${i}`, layers[i]!])),
        ...Object.fromEntries(
          maskNames.map((name, i) => [`masked.${i}`, encodeMasked(config, state, patches, { mask: given[name] })]),
        ),
      };
    });
    comparisons.push(...found);
  }
  return comparisons;
}
