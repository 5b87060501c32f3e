import type * as tf from '@tensorflow/tfjs-core';
import {
  type FeedTree,
  FlatStep,
  flatten,
  type HostTensor,
  type HostTree,
  type StepFunction,
  type TensorRecord,
} from '@vjepa/engine';
import {
  initialPretrainingState,
  type MaskTree,
  pixelPredictionStep,
  pixelPredictorConfig,
  pretrainingStep,
} from '@vjepa/jepa';
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
import { encoderConfig, initializeEncoder, initializePredictor, predictorConfig } from '@vjepa/vit';

const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const encoder = encoderConfig('vit_tiny', sizes);
const predictor = predictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const pixels = pixelPredictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const probe = attentiveProbeConfig(encoder, 3);
const TOKENS = 32;
const update = { learningRate: 1e-3, weightDecay: 0.05, step: 1, clipNorm: 1 };

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

function masksOf(B: number): HostTree<MaskTree> {
  const mask = (length: number, stride: number): HostTensor => ({
    shape: [B, length],
    data: Int32Array.from({ length: B * length }, (_, i) => (i * stride) % TOKENS),
  });
  return { context: [mask(10, 3), mask(5, 7)], target: [mask(18, 5), mask(20, 9)] };
}

function pretrainingState(config: typeof predictor) {
  const parameters = {
    encoder: initializeEncoder(encoder, mersenneTwister(1)),
    predictor: initializePredictor(config, mersenneTwister(2)),
  };
  return initialPretrainingState(parameters);
}

/** A pretraining step whose memory is that of its blocks' activations: eight blocks, 16 clips, one mask or two. */
export function deepPretraining(recompute: 'none' | 'block', masks: 1 | 2 = 2): SmallStep {
  const deep = encoderConfig('vit_tiny', { ...sizes, depth: 8 });
  const shallow = predictorConfig(deep, { embedDim: 12, depth: 1, numMaskTokens: masks });
  const { context, target } = masksOf(16);
  const parameters = {
    encoder: initializeEncoder(deep, mersenneTwister(1)),
    predictor: initializePredictor(shallow, mersenneTwister(2)),
  };
  const step = pretrainingStep({ encoder: deep, predictor: shallow, recompute });
  return small(step, initialPretrainingState(parameters), {
    ...{
      clips: clipsOf(16),
      context: context.slice(0, masks),
      target: target.slice(0, masks),
      ...update,
      momentum: 0.99,
    },
  });
}

function fineTuning(B: number, options: { stochasticDepth?: boolean; mix?: boolean } = {}): SmallStep {
  const head = averageProbeConfig(encoder, 3, { normalize: true });
  const targets = {
    shape: [B, 3],
    data: Float32Array.from({ length: 3 * B }, (_, i) => [0.7, 0.1, 0.2][(i * 5) % 3]!),
  };
  const dropped = Float32Array.from(values(9, 2, 2, B).data as Float32Array, (value) => (value > 0 ? 2 : 0));
  return small(
    fineTuningStep({ encoder, head, ...options }),
    initialFineTuningState(initializeEncoder(encoder, mersenneTwister(1)), initializeProbe(head, mersenneTwister(3))),
    {
      clips: clipsOf(B),
      targets,
      ...update,
      ...(options.mix && {
        mix: { shape: [32, 32], data: Float32Array.from({ length: 1024 }, (_, i) => (i < 300 ? 0 : 1)) },
      }),
      ...(options.stochasticDepth && { branchScale: { shape: [2, 2, B], data: dropped } }),
    },
  );
}

/** A step of each kind that commands take, small, laid out flat as backends get it. */
export interface SmallStep {
  fn: StepFunction;
  state: Record<string, HostTensor>;
  inputs: Record<string, HostTensor | number>;
}

function small<State, Inputs, Outputs>(
  step: StepFunction<State, Inputs, Outputs>,
  state: NoInfer<HostTree<State>>,
  inputs: NoInfer<FeedTree<Inputs>>,
): SmallStep {
  const flat = new FlatStep(step, state);
  return { fn: flat.step, state: flatten(state), inputs: flat.inputs(inputs) };
}

/** Of a batch of B, by what they do. */
export const smallSteps = (B: number): Record<string, () => SmallStep> => ({
  pretraining: () =>
    small(
      pretrainingStep({ encoder, predictor, statistics: true, regularizerCoefficient: 0.1, recompute: 'block' }),
      pretrainingState(predictor),
      { clips: clipsOf(B), ...masksOf(B), ...update, momentum: 0.99 },
    ),
  'predicting pixels': () => {
    const { targetEncoder: _, ...state } = pretrainingState(pixels);
    const step = pixelPredictionStep({ encoder, predictor: pixels, normalizePatches: true });
    return small(step, state, { clips: clipsOf(B), ...masksOf(B), ...update });
  },
  'training a probe': () =>
    small(probeTrainingStep({ probe }), initialProbeState([initializeProbe(probe, mersenneTwister(3))]), {
      features: [[values(4, B, TOKENS, 24)], [values(5, B, TOKENS, 24)]],
      labels: { shape: [B], data: Int32Array.from({ length: B }, (_, i) => (i * 2) % 3) },
      ...{ learningRate: [1e-3], weightDecay: [0.01], step: 1, clipNorm: 1 },
    }),
  'fine-tuning': () => fineTuning(B),
  'fine-tuning with mixing and stochastic depth': () => fineTuning(B, { mix: true, stochasticDepth: true }),
  'frozen features': () => {
    const features: StepFunction<{ encoder: TensorRecord }, { clips: tf.Tensor }, { features: tf.Tensor }> = (
      state,
      { clips },
    ) => ({ state: {}, outputs: { features: clipFeatures(encoder, state.encoder, clips) } });
    return small(features, { encoder: initializeEncoder(encoder, mersenneTwister(1)) }, { clips: clipsOf(B) });
  },
});

/** Of a batch of two. */
export const SMALL_STEPS = smallSteps(2);
