import * as tf from '@tensorflow/tfjs-core';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import '@vjepa/test-kit/all-close';
import { toTensors } from '@vjepa/engine';
import { goldenClips, goldenMasks } from '@vjepa/test-kit/golden-model';
import {
  goldenEncoder,
  goldenEncoderParameters,
  goldenPredictor,
  goldenPredictorParameters,
} from './golden-model.fixture.js';
import { encode, encodeLayers, encodeMasks, layerNormWithoutAffine, predict } from './index.js';

// Expected values: the reference in float64 on the same weights.
describe.each(BACKENDS)('the golden model on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const masks = (lists: number[][][]) => lists.map((list) => tf.tensor2d(list, undefined, 'int32'));

  it('encodes all tokens', () => {
    tf.tidy(() => {
      const y = encode(goldenEncoder, toTensors(goldenEncoderParameters()), tf.tensor(...clip()));
      expect(y.shape).toEqual([2, 32, 32]);
      expect(y.dataSync().slice(0, 4)).toBeAllClose(
        [-0.7499094909663703, -0.07933868510836327, -1.574234473354104, 0.20740210013726057],
        { atol: 2e-5 },
      );
      expect(y.dataSync().slice(-4)).toBeAllClose(
        [-0.8364791715659162, 0.39504946375807004, -2.921159321273784, 1.2888995162957353],
        { atol: 2e-5 },
      );
      expect(tf.mean(tf.abs(y)).dataSync()[0]).toBeCloseTo(0.8077568355838628, 5);
      const target = layerNormWithoutAffine(y, 1e-5);
      expect(target.dataSync().slice(0, 4)).toBeAllClose(
        [-0.7396969170039206, -0.06477678836073443, -1.5693684718892507, 0.22382379784820935],
        { atol: 2e-5 },
      );
    });
  });

  it('encodes the visible tokens of each mask', () => {
    tf.tidy(() => {
      const parameters = toTensors(goldenEncoderParameters());
      const [y0, y1] = encodeMasks(goldenEncoder, parameters, tf.tensor(...clip()), masks(goldenMasks.context));
      expect(y0!.shape).toEqual([2, 5, 32]);
      expect(y1!.shape).toEqual([2, 3, 32]);
      expect(y0!.dataSync().slice(0, 3)).toBeAllClose([-0.729525883691428, -0.07697835416606569, -1.5929828551834888], {
        atol: 2e-5,
      });
      expect(y0!.dataSync().slice(-3)).toBeAllClose([0.3751151572331624, -2.9451279625096167, 1.2707470285435163], {
        atol: 2e-5,
      });
      expect(y1!.dataSync().slice(0, 3)).toBeAllClose(
        [-0.7327697689596172, -0.07776654972952939, -1.5906662701465877],
        { atol: 2e-5 },
      );
      expect(y1!.dataSync().slice(-3)).toBeAllClose([-0.3245207417746205, -0.955540040092456, 1.9546291096721968], {
        atol: 2e-5,
      });
    });
  });

  it('predicts the targets of each mask', () => {
    tf.tidy(() => {
      const contextMasks = masks(goldenMasks.context);
      const targetMasks = masks(goldenMasks.target);
      const contexts = encodeMasks(
        goldenEncoder,
        toTensors(goldenEncoderParameters()),
        tf.tensor(...clip()),
        contextMasks,
      );
      const parameters = toTensors(goldenPredictorParameters());
      const [z0, z1] = contexts.map((context, i) =>
        predict(goldenPredictor, parameters, context, contextMasks[i]!, targetMasks[i]!, i),
      );
      expect(z0!.shape).toEqual([2, 4, 32]);
      expect(z1!.shape).toEqual([2, 6, 32]);
      expect(z0!.dataSync().slice(0, 3)).toBeAllClose(
        [-0.11426981318329128, 0.11717886422039035, -0.07401619386196562],
        { atol: 2e-6 },
      );
      expect(z0!.dataSync().slice(-3)).toBeAllClose([0.026994511583211474, -0.05239831344520416, 0.12743715680040504], {
        atol: 2e-6,
      });
      expect(z1!.dataSync().slice(0, 3)).toBeAllClose(
        [-0.1455671687702077, 0.09810835801953627, -0.010099028096710516],
        { atol: 2e-6 },
      );
      expect(z1!.dataSync().slice(-3)).toBeAllClose([-0.08337564224720605, 0.02193959693351997, 0.11065344800814494], {
        atol: 2e-6,
      });
    });
  });

  it('gives intermediate layers through the shared final norm, the last of them being the output', () => {
    tf.tidy(() => {
      const parameters = toTensors(goldenEncoderParameters());
      const x = tf.tensor(...clip());
      const [last, first] = encodeLayers(goldenEncoder, parameters, x, [1, 0]);
      const y = encode(goldenEncoder, parameters, x);
      expect(last!).toBeAllClose(y, { atol: 0 });
      // A layer norm with weights near 1 leaves every token with a deviation near 1.
      const { variance } = tf.moments(first!, -1);
      expect(tf.mean(variance).dataSync()[0]).toBeCloseTo(1, 1);
      expect(first!).not.toBeAllClose(y, { atol: 0.01 });
      expect(() => encodeLayers(goldenEncoder, parameters, x, [2])).toThrow(
        "layer 2 is not one of the encoder's blocks 0..1",
      );
    });
  });

  it('leaves no tensors behind', () => {
    const parameters = toTensors(goldenEncoderParameters());
    const x = tf.tensor(...clip());
    const mask = tf.tensor2d(goldenMasks.context[0]!, undefined, 'int32');
    const before = tf.memory().numTensors;
    encode(goldenEncoder, parameters, x, { mask }).dispose();
    encode(goldenEncoder, parameters, x, { recompute: 'block' }).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([parameters, x, mask]);
  });
});

function clip(): [Float32Array, number[]] {
  const { data, shape } = goldenClips();
  return [data, shape];
}
