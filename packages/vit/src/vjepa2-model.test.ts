import * as tf from '@tensorflow/tfjs-core';
import '@vjepa/test-kit/all-close';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeVjepa2,
  encodeVjepa2Layers,
  encodeVjepa2Levels,
  encodeVjepa2Masks,
  encodeVjepa2Patches,
  gatherTokens,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  normalizeClip,
  predictVjepa2,
  predictVjepa2WithContext,
  vjepa2ClipPatches,
  vjepa2EncoderConfig,
  vjepa2FramePatches,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from './index.js';
import { wave } from './small-block.fixture.js';

const SIZES = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 48, depth: 3, numHeads: 2 };
const V2 = vjepa2EncoderConfig('vit_tiny', SIZES);
const V21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [0, 2] });
const PREDICTOR_SIZES = { embedDim: 24, depth: 2, numHeads: 2, numMaskTokens: 2, zeroInitMaskTokens: false };

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');

describe.each(BACKENDS)('V-JEPA 2 and 2.1 on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const theta = (config = V2) => toTensors(initializeVjepa2Encoder(config, mersenneTwister(1)));

  describe.each([
    ['2', V2],
    ['2.1', V21],
  ] as const)('the encoder of V-JEPA %s', (_, config) => {
    it('encodes clips of any length and shape', () => {
      for (const [T, H, W, tokens] of [
        [4, 32, 32, 32],
        [6, 16, 40, 30],
        [2, 8, 8, 1],
      ] as const) {
        const y = encodeVjepa2(config, theta(config), wave([2, 3, T, H, W], 0.1));
        expect(y.shape).toEqual([2, tokens, 48]);
        expect(y.dataSync().every(Number.isFinite)).toBe(true);
      }
    });

    it('gives the tokens of a mask that lists all of them in another order in that order', () => {
      const clip = wave([2, 3, 2, 16, 24], 0.2);
      const order = [
        [3, 0, 5, 1, 4, 2],
        [5, 4, 3, 2, 1, 0],
      ];
      const [all, ordered] = [
        encodeVjepa2(config, theta(config), clip),
        encodeVjepa2(config, theta(config), clip, { mask: ids(order) }),
      ];
      const expected = gatherTokens(all, ids(order));
      expect(ordered.dataSync()).toBeAllClose([...expected.dataSync()], { atol: 1e-4 });
    });

    it('tells places apart: patches in reverse order give other features than reversed', () => {
      const patches = vjepa2ClipPatches(config, wave([1, 3, 2, 8, 24], 0.3));
      const turned = { ...patches, values: tf.reverse(patches.values, 1) as tf.Tensor3D };
      const [y, z] = [patches, turned].map((given) => encodeVjepa2Patches(config, theta(config), given));
      expect(tf.max(tf.abs(tf.sub(y!, tf.reverse(z!, 1)))).dataSync()[0]).toBeGreaterThan(1e-4);
    });

    it('encodes masks and patches as it encodes clips', () => {
      const clip = wave([1, 3, 4, 16, 16], 0.4);
      const masks = [ids([[0, 3]]), ids([[5, 6, 7]])];
      const expected = masks.map((mask) => encodeVjepa2(config, theta(config), clip, { mask }).dataSync());
      const found = encodeVjepa2Masks(config, theta(config), clip, masks);
      expect(found.map((y) => y.dataSync())).toEqual(expected);
      const fromPatches = encodeVjepa2Patches(config, theta(config), vjepa2ClipPatches(config, clip));
      expect(fromPatches.dataSync()).toEqual(encodeVjepa2(config, theta(config), clip).dataSync());
    });

    it('cuts frames of pixels as it cuts normalised clips', () => {
      const frames = tf.mul(tf.add(wave([1, 2, 16, 16, 3], 0.5), 1.3), 90);
      const cut = vjepa2FramePatches(config, frames).values.dataSync();
      expect(cut).toBeAllClose([...vjepa2ClipPatches(config, normalizeClip(frames)).values.dataSync()], { atol: 1e-4 });
    });
  });

  it('V-JEPA 2 counts places in square frames where it is told to: a square clip has its own features, a wide one has not', () => {
    const side = 2;
    const [square, wide] = [wave([1, 3, 4, 16, 16], 0.6), wave([1, 3, 4, 16, 24], 0.6)];
    const encoded = (clip: tf.Tensor, positionSide?: number, mask?: tf.Tensor) =>
      encodeVjepa2({ ...V2, positionSide }, theta(), clip, { mask }).dataSync();
    expect(encoded(square, side)).toEqual(encoded(square));
    expect(encoded(wide, side)).not.toBeAllClose([...encoded(wide)], { atol: 1e-5, rtol: 0 });
    // 12 tokens fill three frames of four; a mask's places are counted likewise.
    expect(encoded(wide, side, ids([Array.from({ length: 12 }, (_, n) => n)]))).toEqual(encoded(wide, side));
    // 12 tokens fill one frame of nine and a part of the next.
    expect(encoded(wide, 3)).toHaveLength(12 * 48);
    expect(() => vjepa2EncoderConfig('vit_tiny', { positionSide: 0.5 })).toThrow('positionSide is 0.5');
  });

  it('V-JEPA 2 gives every layer through the final norm', () => {
    const clip = wave([1, 3, 4, 16, 16], 0.6);
    const [last, first] = encodeVjepa2Layers(V2, theta(), clip, [2, 0]);
    expect(last!.dataSync()).toEqual(encodeVjepa2(V2, theta(), clip).dataSync());
    expect(tf.max(tf.abs(tf.mean(first!, 2))).dataSync()[0]).toBeLessThan(1e-5);
    expect(() => encodeVjepa2Layers(V2, theta(), clip, [3])).toThrow("not one of the encoder's blocks 0..2");
    expect(() => encodeVjepa2Levels(V2, theta(), clip)).toThrow('no levels');
  });

  it('V-JEPA 2.1 joins its levels on features, and has no other layers', () => {
    const clip = wave([1, 3, 4, 16, 16], 0.7);
    const levels = encodeVjepa2Levels(V21, theta(V21), clip);
    expect(levels.shape).toEqual([1, 8, 96]);
    const joined = tf.concat(encodeVjepa2Layers(V21, theta(V21), clip, [0, 2]), 2);
    expect(levels.dataSync()).toEqual(joined.dataSync());
    expect(() => encodeVjepa2Layers(V21, theta(V21), clip, [1])).toThrow('block 1 has no norm');
  });

  it.each([
    ['a mask of one row for two clips', () => ids([[0, 1]]), 'the mask is [1, 2] int32; expected [2, K] int32'],
    ['a mask without rows', () => tf.tensor1d([0, 1], 'int32'), 'the mask is [2] int32; expected [2, K] int32'],
    ['a mask of fractions', () => tf.zeros([2, 3]), 'the mask is [2, 3] float32; expected [2, K] int32'],
  ])('refuses %s', (_, mask, problem) => {
    const clip = wave([2, 3, 2, 16, 16], 0.2);
    expect(() => encodeVjepa2(V2, theta(), clip, { mask: mask() })).toThrow(problem);
  });

  it('has no token beyond the last where places are counted in frames that it does not fill', () => {
    const clips = wave([2, 3, 4, 16, 24], 0.6);
    const encoded = () => encodeVjepa2({ ...V2, positionSide: 3 }, theta(), clips, { mask: ids([[12], [0]]) });
    expect(encoded).toThrow('12');
  });

  it('V-JEPA 2.1 has an embedding of its own for images, V-JEPA 2 none', () => {
    const image = wave([1, 3, 1, 16, 16], 0.8);
    expect(encodeVjepa2(V21, theta(V21), image).shape).toEqual([1, 4, 48]);
    expect(() => encodeVjepa2(V2, theta(), image)).toThrow('does not hold one tubelet of 2 frames');
  });

  describe.each([
    ['2', vjepa2PredictorConfig(V2, PREDICTOR_SIZES)],
    ['2.1', vjepa21PredictorConfig(V21, PREDICTOR_SIZES)],
    ['2.1 of a distilled encoder', vjepa21PredictorConfig(V21, { ...PREDICTOR_SIZES, teacherDim: 36 })],
  ] as const)('the predictor of V-JEPA %s', (_, config) => {
    const phi = () => toTensors(initializeVjepa2Predictor(config, mersenneTwister(2)));
    const context = () => wave([1, 3, config.levels * 48], 0.9);

    it('does not see the order of the context', () => {
      const targets = ids([[7, 30, 2]]);
      const expected = predictVjepa2(config, phi(), context(), ids([[4, 9, 20]]), targets);
      expect(expected.shape).toEqual([1, 3, config.outputDim]);
      const turned = predictVjepa2(config, phi(), tf.reverse(context(), 1), ids([[20, 9, 4]]), targets);
      expect(turned.dataSync()).toBeAllClose([...expected.dataSync()], { atol: 1e-5 });
    });

    it('predicts in the order it is asked, and different things in different places', () => {
      const seen = ids([[4, 9, 20]]);
      const y = predictVjepa2(config, phi(), context(), seen, ids([[7, 30, 2]]));
      const z = predictVjepa2(config, phi(), context(), seen, ids([[2, 30, 7]]));
      expect(tf.reverse(z, 1).dataSync()).toBeAllClose([...y.dataSync()], { atol: 1e-5 });
      expect(tf.max(tf.abs(tf.sub(y, z))).dataSync()[0]).toBeGreaterThan(1e-4);
    });

    it('uses mask token 1 unless another is asked for, modulo their number', () => {
      const predicted = (maskIndex?: number) =>
        predictVjepa2(config, phi(), context(), ids([[4, 9, 20]]), ids([[7]]), { maskIndex }).dataSync();
      expect(predicted(3)).toEqual(predicted());
      expect(predicted(0)).not.toEqual(predicted());
    });

    it('refuses a context, masks and options that are none, saying what is expected', () => {
      const [seen, targets] = [ids([[4, 9, 20]]), ids([[7]])];
      const predicted =
        (given: tf.Tensor, contextMask: tf.Tensor, targetMask: tf.Tensor, options = {}) =>
        () =>
          predictVjepa2(config, phi(), given, contextMask, targetMask, options);
      const width = config.levels * 48;
      expect(predicted(wave([1, 3, width + 1], 0.9), seen, targets)).toThrow(
        `the context is [1, 3, ${width + 1}]; this predictor takes [B, Kc, ${width}]`,
      );
      expect(predicted(context(), ids([[4, 9]]), targets)).toThrow('the context has 3 tokens and its mask 2');
      expect(predicted(context(), seen, ids([[7], [8]]))).toThrow(
        'the target mask is [2, 1] int32; expected [1, K] int32',
      );
      expect(predicted(context(), seen, targets, { maskIndex: -1 })).toThrow('maskIndex is -1');
      if (config.version === '2') return;
      expect(predicted(context(), seen, targets, { modality: 'picture' })).toThrow("modality is 'picture'");
    });

    it("counts places on the clips' grid, or on another that is given", () => {
      const predicted = (grid?: { depth: number; height: number; width: number }) =>
        predictVjepa2(config, phi(), context(), ids([[4, 9, 20]]), ids([[7]]), { grid }).dataSync();
      expect(predicted({ depth: 2, height: 4, width: 4 })).toEqual(predicted());
      expect(predicted({ depth: 2, height: 2, width: 8 })).not.toEqual(predicted());
    });
  });

  it('V-JEPA 2.1 predicts the context too, and is told images from videos', () => {
    const config = vjepa21PredictorConfig(V21, PREDICTOR_SIZES);
    const phi = toTensors(initializeVjepa2Predictor({ ...config }, mersenneTwister(3)));
    const given = [wave([1, 3, 96], 0.9), ids([[4, 9, 20]]), ids([[7, 30]])] as const;
    const { target, context } = predictVjepa2WithContext(config, phi, ...given);
    expect(context.shape).toEqual([1, 3, 96]);
    expect(target.dataSync()).toBeAllClose([...predictVjepa2(config, phi, ...given).dataSync()], { atol: 1e-5 });
    const image = predictVjepa2(config, { ...phi, img_mod_embed: tf.ones([1, 1, 24]) }, ...given, {
      modality: 'image',
    });
    expect(image.dataSync()).not.toEqual(target.dataSync());
    const v2 = vjepa2PredictorConfig(V2, PREDICTOR_SIZES);
    expect(() => predictVjepa2WithContext(v2, phi, ...given)).toThrow('predicts targets only');
  });
});
