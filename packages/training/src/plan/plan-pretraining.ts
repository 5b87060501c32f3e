import type { Dataset, IndexedVideo } from '@vjepa/benchmarks';
import type { HostTree, StepFunction } from '@vjepa/engine';
import {
  initialPretrainingState,
  type PretrainingInputs,
  type PretrainingOutputs,
  type PretrainingState,
  pretrainingStep,
} from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/random';
import type { ClipLoader, ClipLoaderOptions, SampleRequest } from '@vjepa/video';
import { initializeEncoder, initializePredictor, type TokenGrid, tokenGrid } from '@vjepa/vit';
import { checkNamed, checkSettings } from './check-settings.js';
import { datasetOrder, stepSamples } from './data-order.js';
import { type PretrainingModel, pretrainingModel } from './pretraining-model.js';
import { type FilledInSettings, filledInSettings, type PretrainingSettings } from './pretraining-settings.js';
import { readPretrainingVideos } from './read-videos.js';
import { decodeThreads, runLoader } from './run-loader.js';
import { type RunSchedule, runSchedule } from './run-schedule.js';
import { type StepMasks, stepMasks } from './step-masks.js';

/**
 * Everything a pretraining is made of. What happens at a step is a function of the plan, the videos and the step's
 * number, so that a run that is resumed goes on as if it had never stopped.
 */
export interface PretrainingPlan extends PretrainingModel {
  settings: FilledInSettings;
  /** Of the tokens of a clip. */
  grid: TokenGrid;
  /** One update (V-JEPA, section 3), for an engine to bind to a state. */
  step: StepFunction<PretrainingState, PretrainingInputs, PretrainingOutputs>;
  /** The masks of a step, counted from 0. */
  masksAt: StepMasks;
  /** Threads that decode clips. */
  workers: number;
  /** Parameters drawn from the seed, the target a copy of the encoder, AdamW's moments zero. */
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
  const { embedDim, depth, numHeads, zeroInitMaskTokens } = model.predictor;
  const predictor = { embedDim, depth, numHeads, zeroInitMaskTokens };
  const settings = { ...filled, encoder: model.encoder, predictor };
  checkSettings(settings, model.encoder);
  const grid = tokenGrid(model.encoder);
  const { batchSize, clips, seed, videos } = settings;
  return {
    ...model,
    settings,
    grid,
    step: pretrainingStep({
      ...model,
      ...settings.objective,
      adamW: settings.optimization.adamW,
      recompute: settings.recompute,
      statistics: settings.statistics,
    }),
    masksAt: stepMasks({ ...settings, grid }),
    workers: decodeThreads(clips.workers),
    initialState() {
      const random = mersenneTwister(seed);
      return initialPretrainingState({
        encoder: initializeEncoder(model.encoder, random),
        predictor: initializePredictor(model.predictor, random),
      });
    },
    readVideos: () => readPretrainingVideos(videos),
    scheduleFor: (count) => runSchedule(settings, count),
    samplesFor(datasets, size = batchSize) {
      const order = datasetOrder({ ...clips, videos, seed }, datasets);
      const length = datasets.reduce((sum, dataset) => sum + dataset.videos.length, 0);
      return (step) => stepSamples(order, length, size, step);
    },
    loaderFor: (read, onUnavailable) => runLoader(settings, model.encoder, read, onUnavailable),
  };
}
