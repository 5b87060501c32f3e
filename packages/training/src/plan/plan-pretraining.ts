import type { Dataset, IndexedVideo } from '@vjepa/benchmarks';
import type { HostTree, StepFunction } from '@vjepa/engine';
import {
  initialPretrainingState,
  type PixelPredictionOutputs,
  type PretrainingOutputs,
  type PretrainingState,
  pixelPredictionStep,
  pretrainingStep,
  type Vjepa2PretrainingOutputs,
  vjepa2PretrainingStep,
} from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/random';
import type { ClipLoader, ClipLoaderOptions, SampleRequest } from '@vjepa/video';
import { initializeClipEncoder, initializeClipPredictor, isVjepa2, type TokenGrid, tokenGrid } from '@vjepa/vit';
import { checkNamed, checkSettings } from './check-settings.js';
import { datasetOrder, stepSamples } from './data-order.js';
import { type PretrainingModel, pretrainingModel } from './pretraining-model.js';
import { type FilledInSettings, filledInSettings, type PretrainingSettings } from './pretraining-settings.js';
import { readPretrainingVideos } from './read-videos.js';
import { decodeThreads, runLoader } from './run-loader.js';
import { type RunSchedule, runSchedule } from './run-schedule.js';
import type { PlannedInputs } from './step-inputs.js';
import { type StepMasks, stepMasks } from './step-masks.js';

/** Scalars of a step; without a target encoder there is but one loss, and a loss of visible tokens is V-JEPA 2.1's. */
export type PlannedOutputs = PixelPredictionOutputs & Partial<PretrainingOutputs & Vjepa2PretrainingOutputs>;

/**
 * Everything a pretraining is made of. What happens at a step is a function of the plan, the videos and the step's
 * number, so that a run that is resumed goes on as if it had never stopped.
 */
export interface PretrainingPlan extends PretrainingModel {
  settings: FilledInSettings;
  /** Of the tokens of a clip. */
  grid: TokenGrid;
  /** One update (V-JEPA, section 3), for an engine to bind to a state. */
  step: StepFunction<PretrainingState, PlannedInputs, PlannedOutputs>;
  /** The masks of a step, counted from 0. */
  masksAt: StepMasks;
  /** Threads that decode clips. */
  workers: number;
  /**
   * Parameters drawn from the seed, the target encoder a copy of the encoder, or an empty record where there is none,
   * AdamW's moments zero.
   */
  initialState(): HostTree<PretrainingState>;
  /** Reads lists, folders and shards. @throws InputError naming the one that is wrong */
  readVideos(): Promise<Dataset[]>;
  /** Length, learning rate and the like, and checkpoints, for this many videos. */
  scheduleFor(videos: number): RunSchedule;
  /** Which videos each step draws, counted from 0. */
  samplesFor(datasets: readonly Dataset[], batchSize?: number): (step: number) => SampleRequest[];
  /** Reads augmented clips of these videos. */
  loaderFor(videos: readonly IndexedVideo[], onUnavailable?: ClipLoaderOptions['onUnavailable']): ClipLoader;
}

/**
 * Plans a pretraining. Nothing is read and nothing computed.
 *
 * @throws InputError naming the setting with which nothing can be trained; MaskSettingsError, with that of the masks
 */
export function planPretraining(given: PretrainingSettings): PretrainingPlan {
  const filled = filledInSettings(given);
  checkNamed(filled);
  const model = pretrainingModel(filled);
  const { embedDim, depth, numHeads, zeroInitMaskTokens, numMaskTokens } = model.predictor;
  const ofVjepa2 = isVjepa2(model.predictor) && { numMaskTokens, levels: model.predictor.levels };
  const predictor = { embedDim, depth, numHeads, zeroInitMaskTokens, ...ofVjepa2 };
  const settings = { ...filled, encoder: model.encoder, predictor };
  checkSettings(settings, model.encoder);
  const grid = tokenGrid(model.encoder);
  const { batchSize, clips, seed, videos } = settings;
  return {
    ...model,
    settings,
    grid,
    step: plannedStep(model, settings),
    masksAt: stepMasks({ ...settings, grid }),
    workers: decodeThreads(clips.workers),
    initialState() {
      const random = mersenneTwister(seed);
      return initialPretrainingState({
        encoder: initializeClipEncoder(model.encoder, random, { deviation: settings.initialDeviation }),
        predictor: initializeClipPredictor(model.predictor, random, { deviation: settings.predictorInitialDeviation }),
        ...(model.hasTargetEncoder ? {} : { targetEncoder: {} }),
      });
    },
    readVideos: () => readPretrainingVideos(videos, { fraction: clips.fraction, seed }),
    scheduleFor: (count) => runSchedule(settings, count),
    samplesFor(datasets, size = batchSize) {
      const order = datasetOrder({ ...clips, videos, seed }, datasets);
      const length = datasets.reduce((sum, dataset) => sum + dataset.videos.length, 0);
      return (step) => stepSamples(order, length, size, step);
    },
    loaderFor: (read, onUnavailable) => runLoader(settings, model.encoder, read, onUnavailable),
  };
}

function plannedStep({ encoder, predictor, hasTargetEncoder }: PretrainingModel, settings: FilledInSettings) {
  const { objective, optimization, recompute, statistics } = settings;
  const { adamW, predictorLearningRateScale } = optimization;
  const common = { adamW, predictorLearningRateScale, recompute, statistics };
  if (isVjepa2(encoder) && isVjepa2(predictor)) {
    return inOneGroup(vjepa2PretrainingStep({ encoder, predictor, ...common, ...objective }));
  }
  if (isVjepa2(encoder) || isVjepa2(predictor)) throw new Error('encoder and predictor are of two versions');
  if (hasTargetEncoder) return pretrainingStep({ encoder, predictor, ...common, ...objective });
  const step = pixelPredictionStep({ encoder, predictor, ...common, normalizePatches: true });
  // It leaves the target encoder alone, which is empty.
  const planned: PretrainingPlan['step'] = (state, inputs) => step(state, inputs);
  return planned;
}

/** A step of V-JEPA 2 on clips of one length, fed as V-JEPA's is. */
function inOneGroup(step: ReturnType<typeof vjepa2PretrainingStep>): PretrainingPlan['step'] {
  return (state, { clips, context, target, contextWeight, lengths, ...scheduled }) =>
    step(state, {
      ...scheduled,
      groups: [{ clips, context, target, ...(contextWeight && { contextWeight }) }],
      ...(lengths && { lengths: { groups: [lengths] } }),
    });
}
