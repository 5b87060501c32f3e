import { type Engine, type FeedTree, flatten, type HostTensor, type StepRunner } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import {
  initializePixelDecoder,
  initialPixelDecoderState,
  type PixelDecoderConfig,
  type PixelDecoderOutputs,
  patchValues,
} from '@vjepa/probe';
import { mersenneTwister, stream, TorchRandom } from '@vjepa/random';
import { pairedModel } from '../predict/feature-predictor.js';
import type { PredictingModels } from '../predict/load-predicting-models.js';
import type { BatchMasks } from '../predict/prediction-mask.js';
import { usualMaskIndex } from './decode-videos.js';
import type { DecoderPlan } from './decoder-plan.js';
import { type DecodingInputs, type DecodingState, decodingStep } from './decoding-step.js';
import type { PixelDecoder } from './pixel-decoder-file.js';

export interface DecoderTrainerOptions {
  engine: Engine;
  plan: DecoderPlan;
  models: PredictingModels;
  config: PixelDecoderConfig;
  /** What is hidden in each step, mask by mask in the order of the plan. */
  masksOf: BatchMasks;
  batchSize: number;
}

/** A decoder on an engine, beside the frozen models whose features it decodes. */
export interface DecoderTrainer {
  readonly run: StepRunner<DecodingState, DecodingInputs, PixelDecoderOutputs>;
  /**
   * What one update is made of; the step is counted from 1. Masks, noise and times are drawn from (seed, step).
   *
   * @param clips pixels 0..255, [B, T, S, S, 3]
   */
  inputs(clips: HostTensor, step: number, learningRate: number): FeedTree<DecodingInputs>;
  /** The decoder, its average and AdamW's moments, by their names in a file; the frozen models stay. */
  readState(): Promise<Record<string, HostTensor>>;
  writeState(state: Record<string, HostTensor>): Promise<void>;
  /** The parameters that sample. */
  average(): Promise<PixelDecoder['parameters']>;
  dispose(): void;
}

/** Keeps the draws of steps apart from others of the seed. */
const TRAINING = 0x7d2e;

/** Times are drawn as 1 / (1 + exp(-x)), x of N(mean, deviation): most of them with more noise than clip. */
const TIME = { mean: -0.8, deviation: 0.8 };

/** Binds a fresh decoder and frozen models to an engine. */
export function decoderTrainer({
  engine,
  plan,
  models,
  config,
  masksOf,
  batchSize: B,
}: DecoderTrainerOptions): DecoderTrainer {
  const { encoder, parameters, predictorParameters, target } = models;
  const { seed, training, features } = plan;
  const isPredicted = features === 'predictions';
  const settings = {
    ...{ model: pairedModel(models), target: target?.encoder ?? encoder, features, decoder: config },
    maskIndices: plan.masks.map((kind) => plan.maskIndex ?? usualMaskIndex(encoder, kind)),
  };
  const initial = initialPixelDecoderState(initializePixelDecoder(config, mersenneTwister(seed)));
  const ownTarget = target !== undefined;
  const run = engine.bind(decodingStep(settings, ownTarget), {
    ...initial,
    // Models that have no part in the features stay out of the device's memory.
    encoder: isPredicted || !ownTarget ? parameters : {},
    predictor: isPredicted ? predictorParameters : {},
    target: isPredicted ? {} : (target?.parameters ?? {}),
  });
  const names = Object.keys(flatten<HostTensor>(initial));
  const [N, F] = [tokenCount(config.grid), patchValues(config)];
  return {
    run,
    inputs(clips, step, learningRate) {
      const random = new TorchRandom(stream([seed, step], TRAINING));
      const masks = masksOf(B, step, random);
      const places = (of: 'context' | 'target') =>
        masks.map(({ [of]: { shape, indices } }) => ({ shape, data: indices }));
      const time = random.fillNormal(new Float32Array(B)).map((x) => {
        return 1 / (1 + Math.exp(-(TIME.mean + TIME.deviation * x)));
      });
      return {
        clips,
        // What a step does not look at would be one more thing that it is compiled for.
        context: isPredicted ? places('context') : [],
        target: places('target'),
        noise: { shape: [B, N, F], data: random.fillNormal(new Float32Array(B * N * F)) },
        time: { shape: [B], data: time },
        ...{ learningRate, step, weightDecay: training.weightDecay, clipNorm: training.clipNorm ?? 0 },
        // Young averages follow faster.
        momentum: Math.min(training.momentum, (1 + step) / (10 + step)),
      };
    },
    readState: () => run.flat.readState(names),
    writeState: (state) => run.flat.writeState(state),
    average: async () => {
      const { average } = await run.readState(['average']);
      return average as PixelDecoder['parameters'];
    },
    dispose: () => run.dispose(),
  };
}
