import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type ParameterValues, readReferenceParameters } from '@vjepa/evaluation';
import { encodeVjepa2, isTrainable, predictVjepa2, predictVjepa2WithContext } from '@vjepa/vit';
import { type Comparison, tolerance } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';
import { compareOutputs, inARow, parametersBelow } from './fixture-outputs.js';
import type { ParityEngine } from './parity-engine.js';
import {
  type FixtureVjepa2Encoder,
  type FixtureVjepa2Predictor,
  fixtureVjepa2Encoder,
  fixtureVjepa2Predictor,
} from './vjepa2-fixture-models.js';

interface CheckpointManifest {
  file: string;
  encoder_key: 'target_encoder' | 'ema_encoder';
  model: FixtureVjepa2Encoder & FixtureVjepa2Predictor & { crop_size: number };
  mask_index: number;
}

/**
 * Kinds `vjepa2-checkpoint` and `vjepa21-checkpoint`: features and predictions of the models in a file as the original
 * writes it; of V-JEPA 2.1 for an image and a video, positions of the predictor interpolated and not.
 */
export async function checkVjepa2Checkpoint(
  fixture: Fixture,
  { engine }: { engine: ParityEngine },
): Promise<Comparison[]> {
  const manifest = fixture.manifest as CheckpointManifest;
  const version = fixture.kind === 'vjepa21-checkpoint' ? '2.1' : '2';
  const tensors = await readTensors(fixture);
  const path = join(fixture.folder, manifest.file);
  const keys = [manifest.encoder_key, 'encoder', 'predictor'] as const;
  const models = await readReferenceParameters(path, keys);
  const parameters = {
    ...prefixed('chosen.', models[manifest.encoder_key]),
    ...prefixed('encoder.', models.encoder),
    ...prefixed('predictor.', models.predictor),
  };
  const check = (prefix: string, modality: 'image' | 'video') =>
    checkClip(engine, manifest, version, { tensors, parameters, prefix, modality });
  return version === '2'
    ? check('', 'video')
    : [...(await check('image.', 'image')), ...(await check('video.', 'video'))];
}

interface CheckedClip {
  tensors: FixtureTensors;
  parameters: ParameterValues;
  prefix: string;
  modality: 'image' | 'video';
}

function checkClip(
  engine: ParityEngine,
  { model: sizes, mask_index: maskIndex, encoder_key: key }: CheckpointManifest,
  version: '2' | '2.1',
  { tensors, parameters, prefix, modality }: CheckedClip,
): Promise<Comparison[]> {
  const model = { ...sizes, img_size: sizes.crop_size };
  const encoder = fixtureVjepa2Encoder(version, model);
  const [clip, seen, wanted] = ['clip', 'mask_context', 'mask_target'].map((name) => tensors(prefix + name)) as [
    ReturnType<FixtureTensors>,
    ReturnType<FixtureTensors>,
    ReturnType<FixtureTensors>,
  ];
  const inputs = { clip, seen: inARow(seen), wanted: inARow(wanted) };
  return compareOutputs(engine, tensors, parameters, { prefix, inputs, within: tolerance.forward }, (state, given) => {
    const [chosen, predictor] = [parametersBelow(state, 'chosen.'), parametersBelow(state, 'predictor.')];
    const [seenAt, wantedAt] = [tf.reshape(given.seen!, seen.shape), tf.reshape(given.wanted!, wanted.shape)];
    const context = encodeVjepa2(encoder, chosen, given.clip!, { mask: seenAt });
    const options = { maskIndex, modality };
    if (version === '2') {
      return {
        [`features.${key}`]: encodeVjepa2(encoder, chosen, given.clip!),
        'features.encoder': encodeVjepa2(encoder, parametersBelow(state, 'encoder.'), given.clip!),
        prediction: predictVjepa2(fixtureVjepa2Predictor('2', model), predictor, context, seenAt, wantedAt, options),
      };
    }
    const predict = (interpolate: boolean) => {
      const config = fixtureVjepa2Predictor('2.1', { ...model, interpolate_rope: interpolate });
      return {
        prediction: predictVjepa2(config, predictor, context, seenAt, wantedAt, options),
        context: predictVjepa2WithContext(config, predictor, context, seenAt, wantedAt, options).context,
      };
    };
    const [asPublished, asTrained] = [predict(false), predict(true)];
    return {
      features: encodeVjepa2(encoder, chosen, given.clip!),
      prediction: asPublished.prediction,
      context_prediction: asPublished.context,
      prediction_interpolated: asTrained.prediction,
      context_prediction_interpolated: asTrained.context,
    };
  });
}

function prefixed(prefix: string, parameters: ParameterValues): ParameterValues {
  const read = Object.entries(parameters).filter(([name]) => isTrainable(name));
  return Object.fromEntries(read.map(([name, values]) => [prefix + name, values]));
}
