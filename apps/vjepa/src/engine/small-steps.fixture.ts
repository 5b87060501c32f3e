import {
  initialPretrainingState,
  pixelPredictionStep,
  pixelPredictorConfig,
  pretrainingStep,
  type StepFunction,
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
import type { HostTensor } from '@vjepa/tensorflow';
import { encoderConfig, initializeEncoder, initializePredictor, predictorConfig, selectParameters } from '@vjepa/vit';

const random = (seed: number) => ({ nextUint32: () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) });
const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const encoder = encoderConfig('vit_tiny', sizes);
const predictor = predictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const pixels = pixelPredictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 2 });
const probe = attentiveProbeConfig(encoder, 3);
const [B, tokens] = [2, 32];

const clips: HostTensor = { shape: [B, 4, 32, 32, 3], data: new Uint8Array(B * 12288) };
const mask = (length: number): HostTensor => ({
  shape: [B, length],
  data: Int32Array.from({ length: B * length }, (_, i) => i % tokens),
});
const masks = { 'context.0': mask(10), 'target.0': mask(18), 'context.1': mask(5), 'target.1': mask(20) };
const floats = (...shape: number[]): HostTensor => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});
const update = { learning_rate: 1e-3, weight_decay: 0.05, step: 1, clip_norm: 1 };

function pretrainingState(config: typeof predictor) {
  const parameters = {
    encoder: initializeEncoder(encoder, random(1)),
    predictor: initializePredictor(config, random(2)),
  };
  return initialPretrainingState(parameters);
}

/** A pretraining step whose memory is that of its blocks' activations: eight blocks, 16 clips. */
export function deepPretraining(recompute: 'nothing' | 'block'): SmallStep {
  const deep = encoderConfig('vit_tiny', { ...sizes, depth: 8 });
  const shallow = predictorConfig(deep, { embedDim: 12, depth: 1, numMaskTokens: 2 });
  const parameters = {
    encoder: initializeEncoder(deep, random(1)),
    predictor: initializePredictor(shallow, random(2)),
  };
  const repeated = ({ shape: [, ...rest], data }: HostTensor): HostTensor => {
    const values = data.constructor === Uint8Array ? new Uint8Array(8 * data.length) : new Int32Array(8 * data.length);
    for (let i = 0; i < 8; i++) values.set(data as Uint8Array & Int32Array, i * data.length);
    return { shape: [8 * B, ...rest], data: values };
  };
  const batch = Object.fromEntries(Object.entries({ clips, ...masks }).map(([name, value]) => [name, repeated(value)]));
  return {
    fn: pretrainingStep({ encoder: deep, predictor: shallow, recompute }),
    state: initialPretrainingState(parameters),
    inputs: { ...batch, ...update, momentum: 0.99 },
  };
}

function fineTuning(options: { stochasticDepth?: boolean } = {}): SmallStep {
  const head = averageProbeConfig(encoder, 3, { normalize: true });
  return {
    fn: fineTuningStep({ encoder, head, ...options }),
    state: initialFineTuningState(initializeEncoder(encoder, random(1)), initializeProbe(head, random(3))),
    inputs: { clips, targets: floats(B, 3), ...update },
  };
}

/** A step of each kind that commands take, small. */
export interface SmallStep {
  fn: StepFunction;
  state: Record<string, HostTensor>;
  inputs: Record<string, HostTensor | number>;
}

/** By what it does. */
export const SMALL_STEPS: Record<string, () => SmallStep> = {
  pretraining: () => ({
    fn: pretrainingStep({ encoder, predictor, statistics: true, regularizerCoefficient: 0.1, recompute: 'block' }),
    state: pretrainingState(predictor),
    inputs: { clips, ...masks, ...update, momentum: 0.99 },
  }),
  'predicting pixels': () => {
    const state = Object.entries(pretrainingState(pixels)).filter(([name]) => !name.startsWith('target_encoder.'));
    return {
      fn: pixelPredictionStep({ encoder, predictor: pixels, normalizePatches: true }),
      state: Object.fromEntries(state),
      inputs: { clips, ...masks, ...update },
    };
  },
  'training a probe': () => ({
    fn: probeTrainingStep({ probe, segments: 2 }),
    state: initialProbeState([initializeProbe(probe, random(3))]),
    inputs: {
      'features.0.0': floats(B, tokens, 24),
      'features.1.0': floats(B, tokens, 24),
      labels: { shape: [B], data: new Int32Array(B) },
      ...{ 'learning_rate.0': 1e-3, 'weight_decay.0': 0.01, step: 1, clip_norm: 1 },
    },
  }),
  'fine-tuning': () => fineTuning(),
  // Its factors have the batch as their last axis, not as their first: nothing for several devices.
  'fine-tuning with stochastic depth': () => {
    const step = fineTuning({ stochasticDepth: true });
    return { ...step, inputs: { ...step.inputs, branch_scale: floats(2, 2, B) } };
  },
  'frozen features': () => ({
    fn: (state, inputs) => ({
      state: {},
      outputs: { features: clipFeatures(encoder, selectParameters(state, 'encoder.'), inputs.clips!) },
    }),
    state: Object.fromEntries(
      Object.entries(initializeEncoder(encoder, random(1))).map(([name, tensor]) => [`encoder.${name}`, tensor]),
    ),
    inputs: { clips },
  }),
};
