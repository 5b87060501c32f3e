import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, HostTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { findTensorFlow, loadTensorFlow, type TensorFlowRuntime } from '@vjepa/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeVjepa2,
  initializeVjepa2Encoder,
  type Recompute,
  type Vjepa2EncoderConfig,
  vjepa2EncoderConfig,
  vjepa21EncoderConfig,
} from './index.js';

// Most of a test's time would be LLVM's; it is the translation that is tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

const SIZES = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 48, depth: 2, numHeads: 2 };
const V2 = vjepa2EncoderConfig('vit_tiny', SIZES);
const V21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [1] });
const ODD = vjepa2EncoderConfig('vit_tiny', { ...SIZES, embedDim: 42 });
const [B, K] = [2, 9];

const host = (x: tf.Tensor) => ({ shape: x.shape, data: x.dataSync() as Float32Array<ArrayBuffer> });
const clip: HostTensor = {
  shape: [B, 3, 4, 32, 32],
  data: Float32Array.from({ length: B * 3 * 4 * 32 * 32 }, (_, i) => Math.sin(1.7 * i) + Math.cos(0.013 * i)),
};
const mask: HostTensor = { shape: [B, K], data: Int32Array.from({ length: B * K }, (_, i) => (i * 5 + 1) % 32) };
/** Those that clips need: images have their own. */
const parametersOf = (config: Vjepa2EncoderConfig) => {
  const all = Object.entries(initializeVjepa2Encoder(config, mersenneTwister(1)));
  return Object.fromEntries(all.filter(([name]) => !/_img|^img_/.test(name)));
};

/** The sum of a function of the features that has no symmetry, and its gradients. */
function step(config: Vjepa2EncoderConfig, recompute: Recompute): StepFunction {
  return (parameters, { clip, mask }) => {
    const names = Object.keys(parameters);
    const sum = (...values: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      return tf.sum(tf.sin(tf.mul(encodeVjepa2(config, named, clip!, { recompute, mask }), 3)));
    };
    const { value, grads } = tf.valueAndGrads(sum)(Object.values(parameters));
    const gradients = Object.fromEntries(grads.map((gradient, i) => [`d ${names[i]}`, gradient]));
    return { state: parameters, outputs: { value, ...gradients } };
  };
}

describe.skipIf(found === undefined)('rotary attention on a compiled engine', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
    await tf.setBackend(runtime.backendName);
  });

  /** Operation by operation rotation and attention are composed. */
  function eagerly(fn: StepFunction, parameters: Record<string, FloatTensor>, inputs: Record<string, HostTensor>) {
    const tensors = (record: Record<string, HostTensor>): TensorRecord =>
      Object.fromEntries(
        Object.entries(record).map(([name, { shape, data }]) => [
          name,
          tf.tensor(data as Float32Array, shape, data instanceof Int32Array ? 'int32' : 'float32'),
        ]),
      );
    return tf.tidy(() => {
      const { outputs } = fn(tensors(parameters), tensors(inputs));
      return Object.entries(outputs).map(([name, x]) => [name, host(x)]);
    }) as unknown as [string, FloatTensor][];
  }

  describe.each([
    ['V-JEPA 2', V2],
    ['V-JEPA 2.1', V21],
    ['heads of odd width', ODD],
  ])('has the gradients of the composed form: %s', (_name, config) => {
    it.each([
      ['all tokens, float32', {}, { clip }, 'none', 1e-4],
      ['a mask, bfloat16', { precision: 'bfloat16' }, { clip, mask }, 'elementwise', 6e-2],
      ['a mask, recomputed', {}, { clip, mask }, 'block', 1e-4],
      ['a mask, XLA', { xla: true }, { clip, mask }, 'none', 1e-4],
    ] as const)('%s', { timeout: 120_000 }, async (_case, options, inputs, recompute, tolerance) => {
      const state = parametersOf(config);
      const compiled = runtime.compile(step(config, recompute), { state, ...options });
      const actual = await compiled(inputs);
      compiled.dispose();
      for (const [name, expected] of eagerly(step(config, 'none'), state, inputs)) {
        expect(actual[name], name).toBeAllClose(expected, { ofLargest: tolerance });
      }
    });
  });

  it('gathers and prepares its table once for all blocks, and never exchanges channels one by one', () => {
    const count = (depth: number) => {
      const config = { ...V2, depth };
      const options = { state: parametersOf(config), inputs: { clip, mask } };
      const all = runtime.lower(step(config, 'none'), options).map(({ op }) => op);
      return ['GatherV2', 'Complex', 'ReverseV2'].map((op) => all.filter((other) => other === op).length);
    };
    // One gather takes the visible patches.
    expect(count(3)).toEqual([2, 4, 0]);
    expect(count(3)).toEqual(count(1));
  });
});
