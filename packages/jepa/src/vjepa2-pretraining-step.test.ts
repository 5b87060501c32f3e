import * as tf from '@tensorflow/tfjs-core';
import { type FeedTree, flatten, type HostTree, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import {
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ClipGroup,
  initialPretrainingState,
  type MaskTree,
  type PretrainingState,
  type Vjepa2PretrainingConfig,
  type Vjepa2PretrainingInputs,
  vjepa2PretrainingStep,
} from './index.js';

const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const small = { embedDim: 24, depth: 1, numHeads: 2, numMaskTokens: 2, zeroInitMaskTokens: false };
const encoder = vjepa21EncoderConfig('vit_tiny', { ...sizes, normLayers: [0, 1] });
const dense = { encoder, predictor: vjepa21PredictorConfig(encoder, small) };
const encoder2 = vjepa2EncoderConfig('vit_tiny', sizes);
const plain = { encoder: encoder2, predictor: vjepa2PredictorConfig(encoder2, small) };

const B = 2;
type Group = FeedTree<ClipGroup>;
type Mask = { shape: number[]; data: Int32Array };
const mask = (K: number, offset: number, places = 32): Mask => ({
  shape: [B, K],
  data: Int32Array.from({ length: B * K }, (_, i) => (7 * (i % K) + offset) % places),
});
const clips = (frames: number) => ({
  shape: [B, frames, 32, 32, 3],
  data: Uint8Array.from({ length: B * frames * 32 * 32 * 3 }, (_, i) => (i * i * 31) % 256),
});
const CONTEXT_WEIGHT = 0.5;
const context = [mask(9, 0), mask(5, 3)];
const target = [mask(4, 1), mask(8, 6)];
const video: Group = { clips: clips(4), context, target, contextWeight: CONTEXT_WEIGHT };
const image: Group = {
  clips: clips(1),
  context: [mask(4, 0, 16)],
  target: [mask(2, 5, 16)],
  contextWeight: CONTEXT_WEIGHT,
};

function initialState({ encoder, predictor }: Vjepa2PretrainingConfig) {
  const random = mersenneTwister(1);
  const [theta, phi] = [initializeVjepa2Encoder(encoder, random), initializeVjepa2Predictor(predictor, random)];
  return initialPretrainingState({ encoder: theta, predictor: phi });
}

function run(config: Vjepa2PretrainingConfig, groups: Group[], lengths?: HostTree<MaskTree>[]) {
  const scalars = { learningRate: 1e-3, weightDecay: 0.5, momentum: 0.9, step: 1 };
  const inputs: Vjepa2PretrainingInputs = toTensors({
    ...scalars,
    groups,
    ...(lengths && { lengths: { groups: lengths } }),
  });
  const state: PretrainingState = toTensors(initialState(config));
  const { state: after, outputs } = runStep(vjepa2PretrainingStep(config), state, inputs);
  const before = flatten<tf.Tensor>(toTensors(initialState(config)));
  return { outputs, before, state: flatten<tf.Tensor>(after) };
}

const difference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe('a step of V-JEPA 2 or 2.1', () => {
  beforeAll(() => useBackend('wasm'));

  it('weighs images and videos the same, and leaves alone what neither needs', () => {
    const [images, videos] = [run(dense, [image]), run(dense, [video])];
    const both = run(dense, [image, video]);
    for (const name of ['loss', 'loss_jepa', 'loss_context']) {
      expect(both.outputs[name]).toBeCloseTo((images.outputs[name]! + videos.outputs[name]!) / 2, 5);
    }
    for (const name of Object.keys(both.state).filter((name) => name.startsWith('exp_avg.'))) {
      const mean = tf.div(tf.add(images.state[name]!, videos.state[name]!), 2);
      expect(difference(both.state[name]!, mean), name).toBeLessThan(1e-6);
    }
    const changed = (of: typeof both, name: string) => difference(of.state[name]!, of.before[name]!) > 0;
    const embeddings = ['encoder.img_mod_embed', 'predictor.img_mod_embed', 'encoder.patch_embed_img.proj.weight'];
    for (const name of embeddings) {
      expect([changed(images, name), changed(videos, name), changed(both, name)], name).toEqual([true, false, true]);
    }
    // Mask tokens are decayed, but not the one that nothing uses.
    expect(['0', '1'].map((k) => changed(both, `predictor.mask_tokens.${k}`))).toEqual([true, false]);
  });

  it('shares the mask token of a group, or has one for each mask', () => {
    const changed = (config: Vjepa2PretrainingConfig, groups: Group[]) => {
      const { before, state } = run(config, groups);
      return ['predictor.mask_tokens.0', 'predictor.mask_tokens.1'].map(
        (name) => difference(state[name]!, before[name]!) > 0,
      );
    };
    expect(changed(plain, [video])).toEqual([true, false]);
    expect(changed(plain, [video, video])).toEqual([true, true]);
    expect(changed({ ...plain, maskToken: 'mask' }, [video])).toEqual([true, true]);
  });

  it.each([
    { name: 'V-JEPA 2', config: plain },
    { name: 'V-JEPA 2.1', config: dense },
  ])('is the same with padded masks: $name', ({ config }) => {
    const statistics = { ...config, statistics: true };
    const expected = run(statistics, [video]);
    const longer = { ...video, context: context.map(padded), target: target.map(padded) };
    const found = run(statistics, [longer], [{ context: context.map(lengthOf), target: target.map(lengthOf) }]);
    for (const [name, value] of Object.entries(expected.outputs)) {
      expect(Math.abs(found.outputs[name]! - value) / Math.max(Math.abs(value), 1e-6), name).toBeLessThan(2e-4);
    }
    for (const name of Object.keys(expected.state).filter((name) => name.startsWith('exp_avg.'))) {
      expect(difference(expected.state[name]!, found.state[name]!), name).toBeLessThan(2e-5);
    }
  });

  it('says what is missing', () => {
    expect(() => run(dense, [])).toThrow('the step takes one group of clips or more, not none');
    const { contextWeight: _, ...without } = video;
    expect(() => run(dense, [without])).toThrow("the step needs the input 'contextWeight'");
    expect(() => run(plain, [{ ...without, target: [] }])).toThrow(
      'as many masks of context as of targets, not 2 and 0',
    );
  });
});

/** With six more tokens that are not meant. */
function padded({ shape, data }: Mask): Mask {
  const K = shape[1]!;
  const rows = Array.from({ length: B }, (_, b) => [...data.subarray(b * K, (b + 1) * K), ...new Array(6).fill(17)]);
  return { shape: [B, K + 6], data: Int32Array.from(rows.flat()) };
}

function lengthOf({ shape }: Mask): Mask {
  return { shape: [], data: Int32Array.of(shape[1]!) };
}
