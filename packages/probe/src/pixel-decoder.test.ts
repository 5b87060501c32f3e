import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { bindStep, type HostTensor, scalarOf, toTensors } from '@vjepa/engine';
import { mersenneTwister, TorchRandom } from '@vjepa/random';
import { type CompiledFunction, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decodePixels,
  initializePixelDecoder,
  initialPixelDecoderState,
  type PixelDecoderState,
  patchValues,
  pixelDecoderConfig,
  pixelDecoderParameterShapes,
  pixelDecoderStep,
  pixelSamplingStep,
} from './index.js';

const B = 2;
const E = 6;
const config = pixelDecoderConfig(
  { featureDim: E, grid: { depth: 2, height: 2, width: 2 }, patchSize: 2, tubeletSize: 2 },
  { embedDim: 24, depth: 2, numHeads: 2 },
);
const [N, F] = [8, patchValues(config)];

/** A decoder whose last layer is not zero, as it is when it is fresh. */
function trainedDecoder() {
  const parameters = initializePixelDecoder(config, mersenneTwister(1));
  new TorchRandom(mersenneTwister(2)).fillNormal(parameters['patch_proj.weight']!.data);
  return parameters;
}

const normal = (shape: number[], seed: number): HostTensor<Float32Array> => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: new TorchRandom(mersenneTwister(seed)).fillNormal(new Float32Array(length)) };
};

/** A step's inputs, of two masks of K_i tokens. */
function inputsOf(tokens: readonly number[], step = 1) {
  const places = tokens.map((K, i) => ({
    shape: [B, K],
    data: Int32Array.from({ length: B * K }, (_, at) => ((at % K) + i + Math.floor(at / K)) % N),
  }));
  return {
    ...{ patches: normal([B, N, F], 3), noise: normal([B, N, F], 4), places },
    features: tokens.map((K, i) => normal([B, K, E], 5 + i)),
    time: { shape: [B], data: Float32Array.of(0.2, 0.9) },
    ...{ learningRate: 1e-3, weightDecay: 0.01, step, momentum: 0.9, clipNorm: 0 },
  };
}

describe('pixelDecoderConfig', () => {
  it('has the width of a patch in its first and its last layer', () => {
    const shapes = pixelDecoderParameterShapes(config);
    expect(F).toBe(24);
    expect([shapes.get('patch_embed.weight'), shapes.get('patch_proj.weight')]).toEqual([
      [24, 24],
      [24, 24],
    ]);
    expect(shapes.get('feature_embed.weight')).toEqual([24, E]);
    expect(shapes.get('pos_embed')).toEqual([1, N, 24]);
  });

  it.each([
    [{ depth: 0 }, 'depth is 0; it must be a whole number'],
    [{ numHeads: 5 }, 'embedDim 384 cannot be split over 5 heads'],
  ])('refuses %j', (sizes, message) => {
    expect(() => pixelDecoderConfig(config, sizes)).toThrow(message);
  });
});

describe.each(BACKENDS)('a decoder on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('has the gradients of finite differences', () => {
    const step = pixelDecoderStep(config);
    const lossAt = (parameters: ReturnType<typeof trainedDecoder>) => {
      const state: PixelDecoderState = toTensors(initialPixelDecoderState(parameters));
      return step(state, toTensors(inputsOf([5, 3])));
    };
    const parameters = trainedDecoder();
    const { state } = lossAt(parameters);
    // The first moment is a tenth of the gradient after one step.
    const gradients = state.expAvg!.decoder;
    for (const name of [
      'feature_embed.weight',
      'time_embed.fc1.weight',
      'blocks.0.attn.qkv.weight',
      'patch_proj.bias',
    ]) {
      const slopes = gradients[name]!.dataSync<'float32'>();
      const at = slopes.reduce((best, value, i) => (Math.abs(value) > Math.abs(slopes[best]!) ? i : best), 0);
      const epsilon = 1e-2;
      const [above, below] = [epsilon, -epsilon].map((change) => {
        const moved = { ...parameters[name]!, data: Float32Array.from(parameters[name]!.data) };
        moved.data[at]! += change;
        return lossAt({ ...parameters, [name]: moved }).outputs.loss.dataSync()[0]!;
      });
      const slope = (above! - below!) / (2 * epsilon);
      expect(10 * slopes[at]!, name).toBeAllClose(slope, { rtol: 0.03 });
    }
    expect(gradients.pos_embed!.dataSync().every((value) => value === 0)).toBe(true);
  });

  it('does not look at padding', () => {
    const tokens = inputsOf([5, 3]);
    const longer = (tensor: HostTensor, by: number) => {
      const [, K, width = 1] = tensor.shape as [number, number, number?];
      const data = new (tensor.data.constructor as Float32ArrayConstructor)(B * (K + by) * width).fill(1);
      for (let b = 0; b < B; b++) {
        const row = (tensor.data as Float32Array).subarray(b * K * width, (b + 1) * K * width);
        data.set(row, b * (K + by) * width);
      }
      return { shape: [B, K + by, ...tensor.shape.slice(2)], data };
    };
    const padded = {
      ...tokens,
      places: tokens.places.map((places) => longer(places, 4)),
      features: tokens.features.map((features) => longer(features, 4)),
      lengths: { places: [5, 3].map((length) => ({ shape: [], data: Int32Array.of(length) })) },
    };
    const outputs = [tokens, padded].map((inputs) => {
      const state: PixelDecoderState = toTensors(initialPixelDecoderState(trainedDecoder()));
      return runStep(pixelDecoderStep(config), state, toTensors(inputs)).outputs;
    });
    expect(outputs[1]!.loss).toBeAllClose(outputs[0]!.loss!);
    expect(outputs[1]!.grad_norm).toBeAllClose(outputs[0]!.grad_norm!);
  });

  it('keeps no tensor but its state', () => {
    let state: PixelDecoderState = toTensors(initialPixelDecoderState(trainedDecoder()));
    const count = tf.memory().numTensors;
    for (const step of [1, 2]) {
      state = runStep(pixelDecoderStep(config), state, toTensors(inputsOf([5, 3], step))).state;
      expect(tf.memory().numTensors).toBe(count);
    }
  });

  it('samples what it expects in one step, and in many along a way that ends there', () => {
    const state = { decoder: toTensors(trainedDecoder()) };
    const { places, features } = toTensors(inputsOf([5]));
    const same = tf.slice(places[0]!, [0, 0], [1, 5]);
    const tokens = { noised: toTensors(normal([B, 5, F], 9)), features: features[0]!, places: tf.reshape(same, [5]) };
    const inEach = tf.tile(same, [B, 1]);
    const expected = decodePixels(config, state.decoder, { ...tokens, places: inEach, time: tf.zeros([B]) });
    const step = pixelSamplingStep(config);
    const at = (time: number, next: number, noised: tf.Tensor) =>
      step(state, { ...tokens, noised, time: tf.scalar(time), next: tf.scalar(next) }).outputs.noised;
    expect(at(0, 1, tokens.noised)).toBeAllClose(expected, { atol: 1e-5 });
    // Half the way there.
    const middle = tf.mul(tf.add(tokens.noised, expected), 0.5);
    expect(at(0, 0.5, tokens.noised)).toBeAllClose(middle, { atol: 1e-5 });
  });
});

describe('training', () => {
  beforeAll(() => useBackend('wasm'));

  it('learns what features tell, and nothing where they tell nothing', () => {
    const losses = (tells: boolean) => {
      let state: PixelDecoderState = toTensors(
        initialPixelDecoderState(initializePixelDecoder(config, mersenneTwister(1))),
      );
      const random = new TorchRandom(mersenneTwister(7));
      const fresh = (shape: number[]) => {
        const length = shape.reduce((product, size) => product * size, 1);
        return { shape, data: random.fillNormal(new Float32Array(length)) };
      };
      const places = { shape: [B, N], data: Int32Array.from({ length: B * N }, (_, i) => i % N) };
      const of: number[] = [];
      for (let t = 1; t <= 150; t++) {
        const features = fresh([B, N, E]);
        const told = tells ? features : fresh([B, N, E]);
        // A patch is one of its features, all over.
        const patches = {
          shape: [B, N, F],
          data: Float32Array.from({ length: B * N * F }, (_, i) => told.data[Math.floor(i / F) * E]!),
        };
        const inputs = {
          ...{ patches, places: [places], features: [features], noise: fresh([B, N, F]) },
          // Noise alone: all there is to know is in the features.
          time: { shape: [B], data: new Float32Array(B) },
          ...{ learningRate: 5e-3, weightDecay: 0, step: t, momentum: 0.9 },
        };
        const { state: next, outputs } = runStep(pixelDecoderStep(config), state, toTensors(inputs));
        state = next;
        of.push(outputs.loss!);
      }
      return of.slice(-20).reduce((sum, loss) => sum + loss, 0) / 20;
    };
    // The deviation of a patch is 1.
    expect(losses(true)).toBeLessThan(0.5);
    expect(losses(false)).toBeGreaterThan(0.8);
  });
});

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe.skipIf(found === undefined)('compiled by TensorFlow', () => {
  it('trains as eager steps do, compiled once for all lengths of masks', async () => {
    const runtime = await loadTensorFlow();
    await useBackend('wasm');
    const step = pixelDecoderStep(config);
    const initial = initialPixelDecoderState(trainedDecoder());
    let function_: CompiledFunction | undefined;
    const compiled = bindStep(step, initial, (flat, state) => {
      const dynamic = Object.fromEntries(
        [0, 1].flatMap((i) => [
          [`places.${i}`, [null, `K${i}`]],
          [`features.${i}`, [null, `K${i}`, null]],
        ]),
      );
      function_ = runtime.compile(flat, { state, dynamic });
      return function_;
    });
    let eager: PixelDecoderState = toTensors(initial);
    for (const [i, tokens] of [
      [5, 3],
      [4, 6],
      [7, 2],
    ].entries()) {
      const inputs = inputsOf(tokens, i + 1);
      const { loss } = await compiled(inputs);
      const result = runStep(step, eager, toTensors(inputs));
      eager = result.state;
      expect(scalarOf(loss) / result.outputs.loss!).toBeCloseTo(1, 4);
    }
    expect(function_?.compilations).toBe(1);
    const { average } = await compiled.readState(['average']);
    for (const [name, tensor] of Object.entries(eager.average)) {
      // Those of keys have no gradient but rounding, of which AdamW makes steps.
      if (name.endsWith('qkv.bias')) continue;
      expect(average[name]!.data as Float32Array, name).toBeAllClose(tensor.dataSync(), { atol: 2e-4 });
    }
    compiled.dispose();
  });
});
