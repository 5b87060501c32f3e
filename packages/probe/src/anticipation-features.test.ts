import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import {
  encodeVjepa2,
  encodeVjepa2Levels,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  normalizeClip,
  predictVjepa2,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { anticipationFeatures, anticipationTokens } from './index.js';

const SIZES = { imageSize: 16, patchSize: 8, numFrames: 4, embedDim: 24, depth: 3, numHeads: 2 };
const PREDICTOR_SIZES = { embedDim: 24, depth: 2, numHeads: 2, numMaskTokens: 2, zeroInitMaskTokens: false };
/** The predictor counts places in clips of 16 frames: eight tubelets. */
const LONG = { numFrames: 16 };

const of2 = vjepa2EncoderConfig('vit_tiny', SIZES);
const of21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [0, 2] });

describe.each(BACKENDS)('anticipationFeatures on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  const frames = () =>
    tf.tensor(
      Float32Array.from({ length: 2 * 4 * 16 * 16 * 3 }, (_, i) => i % 251),
      [2, 4, 16, 16, 3],
    );
  const clips = () => normalizeClip(frames());
  const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');
  const ahead = () => tf.tensor1d([4, 1], 'int32');
  const context = () => ids([0, 1].map(() => [0, 1, 2, 3, 4, 5, 6, 7]));
  // Two tubelets of four tokens are seen; the predicted ones begin at 8 + 4 * ahead.
  const target = () =>
    ids([
      [24, 25, 26, 27],
      [12, 13, 14, 15],
    ]);

  it('are the clip’s tokens, and the predictor’s so many tubelets ahead, by mask token 1', () => {
    const predictor = vjepa2PredictorConfig({ ...of2, ...LONG }, PREDICTOR_SIZES);
    const parameters = {
      encoder: toTensors(initializeVjepa2Encoder(of2, mersenneTwister(1))),
      predictor: toTensors(initializeVjepa2Predictor(predictor, mersenneTwister(2))),
    };
    const seen = encodeVjepa2(of2, parameters.encoder, clips());
    const predicted = predictVjepa2(predictor, parameters.predictor, seen, context(), target(), { maskIndex: 1 });
    const features = (parts?: 'encoder' | 'predictor') =>
      anticipationFeatures({ encoder: of2, predictor }, parameters, frames(), ahead(), { parts });
    expect(features().shape).toEqual([2, anticipationTokens(of2, 4), 24]);
    expect(features().dataSync()).toBeAllClose(tf.concat([seen, predicted], 1).dataSync(), { atol: 1e-4 });
    expect(features('encoder').dataSync()).toBeAllClose(seen.dataSync(), { atol: 1e-4 });
    expect(features('predictor').dataSync()).toBeAllClose(predicted.dataSync(), { atol: 1e-4 });
    const parts = ['encoder', 'predictor'] as const;
    expect(parts.map((part) => anticipationTokens(of2, 4, part))).toEqual([8, 4]);
  });

  it('are of the last level where the predictor of V-JEPA 2.1 sees several', () => {
    const predictor = vjepa21PredictorConfig({ ...of21, ...LONG }, { ...PREDICTOR_SIZES, depth: 4 });
    const parameters = {
      encoder: toTensors(initializeVjepa2Encoder(of21, mersenneTwister(1))),
      predictor: toTensors(initializeVjepa2Predictor(predictor, mersenneTwister(2))),
    };
    const seen = encodeVjepa2Levels(of21, parameters.encoder, clips());
    const predicted = predictVjepa2(predictor, parameters.predictor, seen, context(), target(), { maskIndex: 1 });
    const last = (x: tf.Tensor3D) => tf.slice(x, [0, 0, 24], [-1, -1, 24]);
    const expected = tf.concat([last(seen), last(predicted)], 1);
    const models = { encoder: of21, predictor };
    const features = anticipationFeatures(models, parameters, clips(), ahead(), { normalizedClips: true });
    expect(features.dataSync()).toBeAllClose(expected.dataSync(), { atol: 1e-4 });
  });
});
