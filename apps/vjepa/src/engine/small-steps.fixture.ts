import type { HostTensor, StepFunction } from '@vjepa/engine';
import { initialPretrainingState, pixelPredictionStep, pixelPredictorConfig, pretrainingStep } from '@vjepa/jepa';
import {
  attentiveProbeConfig,
  averageProbeConfig,
  clipFeatures,
  fineTuningStep,
  initialFineTuningState,
  initializeProbe,
  initialProbeState,
  probeTrainingStep,
} from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { encoderConfig, initializeEncoder, initializePredictor, predictorConfig, selectParameters } from '@vjepa/vit';

const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const encoder = encoderConfig('vit_tiny', sizes);
const predictor = predictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const pixels = pixelPredictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const probe = attentiveProbeConfig(encoder, 3);
const TOKENS = 32;
const update = { learning_rate: 1e-3, weight_decay: 0.05, step: 1, clip_norm: 1 };

/** Numbers from -1 to 1, the same for the same seed. */
function values(seed: number, ...shape: number[]): HostTensor {
  const { nextUint32 } = mersenneTwister(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, () => nextUint32() / 2 ** 31 - 1) };
}

/** Pixels. */
function clipsOf(B: number): HostTensor {
  const { shape, data } = values(7, B, 4, 32, 32, 3);
  return { shape, data: Uint8Array.from(data as Float32Array, (value) => 127.5 * (value + 1)) };
}

function masksOf(B: number): Record<string, HostTensor> {
  const mask = (length: number, stride: number): HostTensor => ({
    shape: [B, length],
    data: Int32Array.from({ length: B * length }, (_, i) => (i * stride) % TOKENS),
  });
  return { 'context.0': mask(10, 3), 'target.0': mask(18, 5), 'context.1': mask(5, 7), 'target.1': mask(20, 9) };
}

function pretrainingState(config: typeof predictor) {
  const parameters = {
    encoder: initializeEncoder(encoder, mersenneTwister(1)),
    predictor: initializePredictor(config, mersenneTwister(2)),
  };
  return initialPretrainingState(parameters);
}

/** A pretraining step whose memory is that of its blocks' activations: eight blocks, 16 clips. */
export function deepPretraining(recompute: 'none' | 'block'): SmallStep {
  const deep = encoderConfig('vit_tiny', { ...sizes, depth: 8 });
  const shallow = predictorConfig(deep, { embedDim: 12, depth: 1, numMaskTokens: 2 });
  const parameters = {
    encoder: initializeEncoder(deep, mersenneTwister(1)),
    predictor: initializePredictor(shallow, mersenneTwister(2)),
  };
  return {
    fn: pretrainingStep({ encoder: deep, predictor: shallow, recompute }),
    state: initialPretrainingState(parameters),
    inputs: { clips: clipsOf(16), ...masksOf(16), ...update, momentum: 0.99 },
  };
}

function fineTuning(B: number, options: { stochasticDepth?: boolean; mix?: boolean } = {}): SmallStep {
  const head = averageProbeConfig(encoder, 3, { normalize: true });
  const targets = {
    shape: [B, 3],
    data: Float32Array.from({ length: 3 * B }, (_, i) => [0.7, 0.1, 0.2][(i * 5) % 3]!),
  };
  const dropped = Float32Array.from(values(9, 2, 2, B).data as Float32Array, (value) => (value > 0 ? 2 : 0));
  return {
    fn: fineTuningStep({ encoder, head, ...options }),
    state: initialFineTuningState(
      initializeEncoder(encoder, mersenneTwister(1)),
      initializeProbe(head, mersenneTwister(3)),
    ),
    inputs: {
      clips: clipsOf(B),
      targets,
      ...update,
      ...(options.mix && {
        mix: { shape: [32, 32], data: Float32Array.from({ length: 1024 }, (_, i) => (i < 300 ? 0 : 1)) },
      }),
      ...(options.stochasticDepth && { branch_scale: { shape: [2, 2, B], data: dropped } }),
    },
  };
}

/** A step of each kind that commands take, small. */
export interface SmallStep {
  fn: StepFunction;
  state: Record<string, HostTensor>;
  inputs: Record<string, HostTensor | number>;
}

/** Of a batch of B, by what they do. */
export const smallSteps = (B: number): Record<string, () => SmallStep> => ({
  pretraining: () => ({
    fn: pretrainingStep({ encoder, predictor, statistics: true, regularizerCoefficient: 0.1, recompute: 'block' }),
    state: pretrainingState(predictor),
    inputs: { clips: clipsOf(B), ...masksOf(B), ...update, momentum: 0.99 },
  }),
  'predicting pixels': () => {
    const state = Object.entries(pretrainingState(pixels)).filter(([name]) => !name.startsWith('target_encoder.'));
    return {
      fn: pixelPredictionStep({ encoder, predictor: pixels, normalizePatches: true }),
      state: Object.fromEntries(state),
      inputs: { clips: clipsOf(B), ...masksOf(B), ...update },
    };
  },
  'training a probe': () => ({
    fn: probeTrainingStep({ probe, segments: 2 }),
    state: initialProbeState([initializeProbe(probe, mersenneTwister(3))]),
    inputs: {
      'features.0.0': values(4, B, TOKENS, 24),
      'features.1.0': values(5, B, TOKENS, 24),
      labels: { shape: [B], data: Int32Array.from({ length: B }, (_, i) => (i * 2) % 3) },
      ...{ 'learning_rate.0': 1e-3, 'weight_decay.0': 0.01, step: 1, clip_norm: 1 },
    },
  }),
  'fine-tuning': () => fineTuning(B),
  'fine-tuning with mixing and stochastic depth': () => fineTuning(B, { mix: true, stochasticDepth: true }),
  'frozen features': () => ({
    fn: (state, inputs) => ({
      state: {},
      outputs: { features: clipFeatures(encoder, selectParameters(state, 'encoder.'), inputs.clips!) },
    }),
    state: Object.fromEntries(
      Object.entries(initializeEncoder(encoder, mersenneTwister(1))).map(([name, tensor]) => [
        `encoder.${name}`,
        tensor,
      ]),
    ),
    inputs: { clips: clipsOf(B) },
  }),
});

/** Of a batch of two. */
export const SMALL_STEPS = smallSteps(2);
