import * as tf from '@tensorflow/tfjs-core';
import '@vjepa/test-kit/all-close';
import { bindStep, type HostTensor, type StepFunction, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { type CompiledFunction, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import {
  type ClipEncoder,
  encoderConfig,
  initializeEncoder,
  initializeVjepa2Encoder,
  type Parameters,
  vjepa2EncoderConfig,
  vjepa21EncoderConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { clipFeatures, featureGrid, prefixFeatures, prefixMask } from './index.js';

// Most of a test's time would be LLVM's; it is the translation that is tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const SIZES = { imageSize: 32, patchSize: 16, numFrames: 8, embedDim: 24, depth: 3, numHeads: 2 };
const V2 = vjepa2EncoderConfig('vit_tiny', SIZES);
const V21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [0, 2] });
const ENCODERS: [name: string, encoder: ClipEncoder, parameters: Record<string, HostTensor>][] = [
  ['V-JEPA', encoderConfig('vit_tiny', SIZES), initializeEncoder(encoderConfig('vit_tiny', SIZES), mersenneTwister(1))],
  ['V-JEPA 2', V2, initializeVjepa2Encoder(V2, mersenneTwister(1))],
  ['V-JEPA 2.1', V21, initializeVjepa2Encoder(V21, mersenneTwister(1))],
];
const [B, T, H, W] = [2, 8, 32, 32];
const STEPS = 4;
const LAYERS = [1, 3];

/** Clips that are the same up to a frame, and different in every pixel from there on. */
function clipsThatDifferFrom(frame: number): [HostTensor, HostTensor] {
  const random = mersenneTwister(7);
  const data = Uint8Array.from({ length: B * T * H * W * 3 }, () => random.nextUint32() >>> 24);
  const others = data.map((value, i) => (Math.floor(i / (H * W * 3)) % T < frame ? value : (value + 101) % 256));
  return [data, others].map((data) => ({ shape: [B, T, H, W, 3], data })) as [HostTensor, HostTensor];
}

type Features = (clips: HostTensor, steps: number) => Promise<Float32Array>;

/** The features of every step. */
async function everyStep(features: Features, clips: HostTensor): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (let steps = 1; steps <= STEPS; steps++) all.push(await features(clips, steps));
  return all;
}

/** Steps before a change are the same to the bit, those from there on are not. */
async function expectNoLaterFrameSeen(features: Features, lastSteps: readonly number[]): Promise<void> {
  for (const last of lastSteps) {
    const [clips, others] = clipsThatDifferFrom(2 * (last + 1));
    const [ours, theirs] = [await everyStep(features, clips), await everyStep(features, others)];
    for (const [step, own] of ours.entries()) {
      if (step <= last) expect(theirs[step], `step ${step} before a change after ${last}`).toEqual(own);
      else expect(theirs[step], `step ${step} after a change after ${last}`).not.toEqual(own);
    }
  }
}

const tensorOf = ({ shape, data }: HostTensor) => tf.tensor(Float32Array.from(data as Uint8Array), shape);
const grid = { depth: STEPS, height: 2, width: 2 };
const maskOf = (steps: number) => {
  const { shape, data } = prefixMask(grid, steps, B);
  return tf.tensor(data as Int32Array, shape, 'int32');
};

describe.each(BACKENDS)('features of prefixes on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(ENCODERS)('of %s', (_, encoder, parameters) => {
    const prefixes: Features = async (clips, steps) =>
      tf.tidy(() => {
        const prefix = { mask: maskOf(steps) };
        const theta = toTensors(parameters);
        return prefixFeatures(encoder, theta, tensorOf(clips), grid, prefix, { layers: LAYERS }).dataSync<'float32'>();
      });
    /** Of the whole clips, step by step. */
    const whole = (clips: HostTensor) =>
      tf.tidy(() => {
        const features = clipFeatures(encoder, toTensors(parameters), tensorOf(clips), { layers: LAYERS });
        return tf.split(features, STEPS, 1).map((step) => step.dataSync<'float32'>());
      });

    it('are the same to the bit whatever comes later, and change with what is there', () =>
      expectNoLaterFrameSeen(prefixes, [0, 1, 2]));

    it('are those of the whole clip at its last step, and others before', async () => {
      const [clips] = clipsThatDifferFrom(T);
      const [found, expected] = [await everyStep(prefixes, clips), whole(clips)];
      expect(found[3]).toBeAllClose(expected[3]!, { atol: 1e-5 });
      expect(found[2]).not.toBeAllClose(expected[2]!, { atol: 1e-5 });
    });

    it('are not what whole clips give: there every step sees what comes later', () => {
      const [ours, theirs] = clipsThatDifferFrom(6).map(whole);
      for (const step of [0, 1, 2, 3]) expect(theirs![step]).not.toEqual(ours![step]);
    });
  });

  it("of V-JEPA 2 are those of the clip's beginning as a clip of its own", () => {
    const [, encoder, parameters] = ENCODERS[1]!;
    const theta = toTensors(parameters);
    const pixels = tensorOf(clipsThatDifferFrom(T)[0]);
    const found = prefixFeatures(encoder, theta, pixels, grid, { mask: maskOf(2) });
    const short = clipFeatures(encoder, theta, tf.slice(pixels, [0, 0, 0, 0, 0], [B, 4, H, W, 3]));
    const expected = tf.slice(short, [0, 4, 0], [B, 4, 24]).dataSync<'float32'>();
    expect(found.dataSync()).toBeAllClose(expected, { atol: 1e-5 });
  });
});

describe('the grid of features', () => {
  const clip = { frames: 9, height: 48, width: 70 };
  it('is that of whole tubelets, and of an image model every frame', () => {
    for (const [, encoder] of ENCODERS) expect(featureGrid(encoder, clip)).toEqual({ depth: 4, height: 3, width: 4 });
    const image = encoderConfig('vit_tiny', { ...SIZES, numFrames: 1 });
    expect(featureGrid(image, clip)).toEqual({ depth: 9, height: 3, width: 4 });
    expect(() => clipFeatures(image, {}, tf.zeros([1, 2, 32, 32, 3]), { mask: maskOf(1) })).toThrow('takes no mask');
  });

  it("of a picture is one step in V-JEPA 2.1, less than a tubelet of V-JEPA 2's", () => {
    expect(featureGrid(V21, { ...clip, frames: 1 }).depth).toBe(1);
    expect(featureGrid(V2, { ...clip, frames: 1 }).depth).toBe(0);
  });
});

const tensorFlow = await findTensorFlow();
if (tensorFlow === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe.skipIf(tensorFlow === undefined).each([
  ['TensorFlow', false, 1],
  // Padded to few sizes: 4 and 8 tokens to 8, 12 and 16 to 16.
  ['XLA', true, 2],
] as const)('features of prefixes compiled by %s', (_name, xla, compilations) => {
  describe.each(ENCODERS)('of %s', (_, encoder, parameters) => {
    type Inputs = { clips: tf.Tensor; mask: tf.Tensor; lengths?: { mask: tf.Tensor } };
    const step: StepFunction<{ encoder: Parameters }, Inputs, { features: tf.Tensor }> = (state, given) => {
      const prefix = { mask: given.mask, length: given.lengths?.mask };
      const features = prefixFeatures(encoder, state.encoder, given.clips, grid, prefix, { layers: LAYERS });
      return { state: {}, outputs: { features } };
    };

    it('are those computed one operation after the other, and see no later frame', { timeout: 300_000 }, async () => {
      const runtime = await loadTensorFlow();
      let compiled: CompiledFunction | undefined;
      const run = bindStep(step, { encoder: parameters }, (flat, state) => {
        compiled = runtime.compile(flat, { state, xla });
        return compiled;
      });
      const features: Features = async (clips, steps) =>
        (await run({ clips, mask: prefixMask(grid, steps, B) })).features.data as Float32Array;
      await expectNoLaterFrameSeen(features, [0, 2]);
      const [clips] = clipsThatDifferFrom(T);
      const found = await everyStep(features, clips);
      await useBackend('cpu');
      for (const [i, own] of found.entries()) {
        const prefix = { mask: maskOf(i + 1) };
        const expected = prefixFeatures(encoder, toTensors(parameters), tensorOf(clips), grid, prefix, {
          layers: LAYERS,
        });
        expect(own).toBeAllClose(expected.dataSync<'float32'>(), { atol: 1e-4 });
      }
      expect(compiled!.compilations).toBe(compilations);
      run.dispose();
    });
  });
});
