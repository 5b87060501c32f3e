import { runStep } from '@vjepa/test-kit/run-step';
import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { flatten, toTensors } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoder, goldenInputs, goldenModels, goldenPredictor } from './golden-model.fixture.js';
import { initialPretrainingState, type PretrainingInputs, type PretrainingState, pretrainingStep } from './index.js';
import { readPretrainingFixture, recordedInputs } from './pretraining.fixture.js';

const golden = { encoder: goldenEncoder, predictor: goldenPredictor, normalizedClips: true };

// The reference in float64 on the golden model: [lr, wd, momentum, loss, reg, |g_enc|, |g_pred|, qkv[0, 0:2], mask token[0:2], target qkv[0, 0]].
const GOLDEN_STEPS: [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  [number, number],
  [number, number],
  number,
][] = [
  [
    4.125e-4,
    0.04880982706687231,
    0.998,
    0.8122373297316294,
    0.936147411464751,
    2.420393307e-5,
    0.484154903036,
    [-0.04417168388, -0.03271027955],
    [0.02536208119, 0.00812493636],
    -0.04417273069,
  ],
  [
    6.25e-4,
    0.07437694101250947,
    0.9982,
    0.8067859256901329,
    0.93809921951,
    9.2566167e-5,
    0.482997617603,
    [-0.04416537347, -0.03270700888],
    [0.02473534105, 0.00750088308],
    -0.04417271745,
  ],
  [
    6.012504141e-4,
    0.11419865458735484,
    0.9984,
    0.7987412916885859,
    0.941058915351,
    1.726718711e-4,
    0.468418386417,
    [-0.04414690632, -0.03269901287],
    [0.02421351811, 0.0069504274],
    -0.04417267615,
  ],
  [
    5.336173157e-4,
    0.16437694101250946,
    0.9986,
    0.7915118929908849,
    0.943850427652,
    3.597675035e-4,
    0.456215428441,
    [-0.04408735259, -0.03263974821],
    [0.02374848618, 0.00646678253],
    -0.04417255669,
  ],
];

describe.each(BACKENDS)('four golden steps on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  // Plain JavaScript is slow and needs to show it once only.
  const modes = backend === 'cpu' ? (['none'] as const) : (['none', 'elementwise', 'block'] as const);

  it.each(modes)('are the reference in float64, recomputing %s', (recompute) => {
    const before = tf.memory().numTensors;
    const step = pretrainingStep({ ...golden, recompute });
    let state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const tensors = tf.memory().numTensors;
    GOLDEN_STEPS.forEach(([lr, wd, m, loss, reg, encoderNorm, predictorNorm, qkv, maskToken, targetQkv], i) => {
      const scalars = { learningRate: lr, weightDecay: wd, momentum: m, step: i + 1, clipNorm: 0 };
      const result = runStep(step, state, goldenInputs(scalars));
      state = result.state;
      const { outputs } = result;
      const at = (name: string) => flatten<tf.Tensor>(state)[name]!.dataSync();
      expect(outputs.loss! / loss).toBeCloseTo(1, 5);
      expect(outputs.loss_jepa).toBe(outputs.loss);
      expect(outputs.loss_reg! / reg).toBeCloseTo(1, 5);
      expect(outputs.encoder_grad_norm! / encoderNorm).toBeCloseTo(1, 2);
      expect(outputs.predictor_grad_norm! / predictorNorm).toBeCloseTo(1, 4);
      expect(at('encoder.blocks.0.attn.qkv.weight').subarray(0, 2)).toBeAllClose(qkv, { ofLargest: 2e-5 });
      expect(at('predictor.mask_tokens.0').subarray(0, 2)).toBeAllClose(maskToken, { ofLargest: 2e-5 });
      expect(at('target_encoder.blocks.0.attn.qkv.weight').subarray(0, 1)).toBeAllClose([targetQkv], {
        ofLargest: 1e-6,
      });
      expect(tf.memory().numTensors, 'tensors after a step').toBe(tensors);
    });
    tf.dispose(flatten<tf.Tensor>(state));
    expect(tf.memory().numTensors).toBe(before);
  });
});

// TensorFlow runs it too, eagerly and compiled: tensorflow.test.ts.
describe('the run recorded from the reference on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  it('has the same losses, gradients, norms, clipping and final parameters', async () => {
    const recording = await readPretrainingFixture();
    const { manifest, tensors, encoder, predictor, initial } = recording;
    const step = pretrainingStep({ encoder, predictor, normalizedClips: true });
    let state: PretrainingState = toTensors(initialPretrainingState(initial));
    for (const record of manifest.steps) {
      const name = `step${record.step}`;
      const result = runStep(step, state, toTensors(recordedInputs(recording, record.step)) as PretrainingInputs);
      state = result.state;
      expect(Math.abs(result.outputs.loss! / record.loss - 1), `loss of ${name}`).toBeLessThan(1e-4);
      expect(Math.abs(result.outputs.loss_reg! / record.loss_reg - 1)).toBeLessThan(1e-4);
      expect(Math.abs(result.outputs.encoder_grad_norm! / record.encoder_grad_norm - 1)).toBeLessThan(1e-3);
      expect(Math.abs(result.outputs.predictor_grad_norm! / record.predictor_grad_norm - 1)).toBeLessThan(1e-3);
      if (record.step === 0) {
        // Without clipping, AdamW's first moment is a tenth of the gradient after one step.
        const gradients = Object.entries(tensors).filter(([key]) => key.startsWith('step0.grad.'));
        expect(gradients).toHaveLength(2 * (4 + 24) + 4);
        for (const [key, { data }] of gradients) {
          const parameter = key.replace('step0.grad.', '').replace('backbone.', '');
          const gradient = flatten<tf.Tensor>(state.expAvg)
            [parameter]!.dataSync()
            .map((value) => value * 10);
          expect(gradient, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
        }
      }
    }
    for (const [key, { data }] of Object.entries(tensors)) {
      if (!key.startsWith('final.')) continue;
      const parameter = key.replace('final.', '').replace('backbone.', '');
      expect(flatten<tf.Tensor>(state)[parameter]!.dataSync(), key).toBeAllClose(data as Float32Array, {
        ofLargest: 1e-3,
      });
    }
    tf.dispose(flatten<tf.Tensor>(state));
  });
});

describe('pretrainingStep', () => {
  beforeAll(() => useBackend('wasm'));
  const scalars = { learningRate: 1e-3, weightDecay: 0.1, momentum: 0.9, step: 1, clipNorm: 0 };

  it('leaves what it is given untouched and returns frozen tables as they are', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const inputs = goldenInputs(scalars);
    const before = state.encoder['blocks.0.mlp.fc1.weight']!.dataSync().slice();
    const first = pretrainingStep(golden)(state, inputs);
    const second = pretrainingStep(golden)(state, inputs);
    expect(state.encoder['blocks.0.mlp.fc1.weight']!.dataSync()).toEqual(before);
    expect(first.outputs.loss!.dataSync()).toEqual(second.outputs.loss!.dataSync());
    const [after, again] = [first, second].map((result) => flatten<tf.Tensor>(result.state));
    expect(after!['predictor.mask_tokens.1']!.dataSync()).toEqual(again!['predictor.mask_tokens.1']!.dataSync());
    const given = flatten<tf.Tensor>(state);
    for (const name of ['encoder.pos_embed', 'predictor.predictor_pos_embed', 'target_encoder.pos_embed']) {
      expect(after![name]).toBe(given[name]);
      expect(given[`exp_avg.${name}`]).toBeUndefined();
    }
    expect(Object.keys(after!)).toEqual(Object.keys(given));
  });

  it('averages the position table too where asked to', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const { state: next } = pretrainingStep({ ...golden, averageFrozenParameters: true })(state, goldenInputs(scalars));
    expect(next.targetEncoder!.pos_embed).not.toBe(state.targetEncoder.pos_embed);
    expect(next.targetEncoder!.pos_embed!.dataSync()).toBeAllClose(state.encoder.pos_embed!.dataSync(), {
      ofLargest: 1e-6,
    });
  });

  it('decays weights and mask tokens but not biases and norms', () => {
    const models = goldenModels();
    const run = (weightDecay: number) => {
      const state: PretrainingState = toTensors(initialPretrainingState(models));
      return flatten<tf.Tensor>(pretrainingStep(golden)(state, goldenInputs({ ...scalars, weightDecay })).state);
    };
    const [without, half] = [run(0), run(500)]; // lr * wd = 0.5
    for (const [name, decayed] of [
      ['predictor.mask_tokens.0', true],
      ['encoder.patch_embed.proj.weight', true],
      ['encoder.blocks.1.mlp.fc2.weight', true],
      ['encoder.blocks.1.mlp.fc2.bias', false],
      ['predictor.predictor_norm.weight', false],
    ] as const) {
      const initial = (name.startsWith('encoder') ? models.encoder : models.predictor)[
        name.slice(name.indexOf('.') + 1)
      ]!;
      const shrunk = without[name]!.dataSync().map((value, i) => value - (decayed ? 0.5 * initial.data[i]! : 0));
      expect(half[name]!.dataSync(), name).toBeAllClose(shrunk, { ofLargest: 1e-5 });
    }
  });

  it("scales the predictor's learning rate and no other", () => {
    const run = (predictorLearningRateScale: number | undefined, learningRate: number) => {
      const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
      const inputs = goldenInputs({ ...scalars, learningRate });
      return flatten<tf.Tensor>(pretrainingStep({ ...golden, predictorLearningRateScale })(state, inputs).state);
    };
    const [scaled, slow, fast] = [run(8, 1e-3), run(undefined, 1e-3), run(undefined, 8e-3)];
    for (const [name, value] of Object.entries(scaled)) {
      const like = name.startsWith('predictor') ? fast : slow;
      expect(value.dataSync(), name).toBeAllClose(like[name]!.dataSync(), { ofLargest: 1e-6 });
    }
    const weight = 'predictor.predictor_blocks.0.mlp.fc1.weight';
    expect(scaled[weight]!.dataSync()).not.toBeAllClose(slow[weight]!.dataSync(), { ofLargest: 1e-2 });
  });

  it('skips a mask token that no mask uses', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const inputs = goldenInputs(scalars);
    const one = { ...inputs, context: inputs.context.slice(0, 1), target: inputs.target.slice(0, 1) };
    const { state: next } = pretrainingStep(golden)(state, one);
    expect(next.predictor!['mask_tokens.1']).toBe(state.predictor['mask_tokens.1']);
    expect(next.predictor!['mask_tokens.0']).not.toBe(state.predictor['mask_tokens.0']);
  });

  it('trains the regulariser with its coefficient', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const { outputs } = pretrainingStep({ ...golden, regularizerCoefficient: 0.5 })(state, goldenInputs(scalars));
    const { loss, lossJepa, lossReg } = outputs;
    const [total, jepa, reg] = [loss, lossJepa, lossReg].map((tensor) => tensor.dataSync()[0]!);
    expect(total).toBeCloseTo(jepa! + 0.5 * reg!, 6);
  });

  it('takes pixels as decoded frames', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const inputs = goldenInputs(scalars);
    const pixels = tf.tensor(
      Float32Array.from({ length: 2 * 4 * 32 * 32 * 3 }, (_, i) => (i * 7) % 256),
      [2, 4, 32, 32, 3],
    );
    const { outputs } = pretrainingStep({ ...golden, normalizedClips: false })(state, { ...inputs, clips: pixels });
    expect(outputs.loss!.dataSync()[0]).toBeGreaterThan(0.1);
  });

  it('says which input is missing', () => {
    const state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const { momentum, ...inputs } = goldenInputs(scalars);
    // As JavaScript may call it.
    const without = inputs as PretrainingInputs;
    expect(() => pretrainingStep(golden)(state, without)).toThrow("the step needs the input 'momentum'");
    const uneven = { ...inputs, momentum, target: inputs.target.slice(0, 1) };
    expect(() => pretrainingStep(golden)(state, uneven)).toThrow('as many masks of context as of targets, not 2 and 1');
  });
});
