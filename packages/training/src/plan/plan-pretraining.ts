import type { HostTree } from '@vjepa/engine';
import { guardedStep, initialPretrainingState, type PretrainingState } from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/random';
import { type ClipEncoder, initializeClipEncoder, initializeClipPredictor, isVjepa2 } from '@vjepa/vit';
import { checkNamed, checkSettings } from './check-settings.js';
import { type PlannedClips, plannedClips } from './planned-clips.js';
import { type PlannedStep, plannedStep } from './planned-step.js';
import { type PretrainingModel, pretrainingModel } from './pretraining-model.js';
import {
  type FilledInSettings,
  filledInSettings,
  filledOtherClips,
  type PretrainingSettings,
} from './pretraining-settings.js';
import { decodeThreads } from './run-loader.js';
import { type RunSchedule, runSchedule } from './run-schedule.js';
import { contextWeightAt } from './step-schedule.js';

/**
 * Everything a pretraining is made of. What happens at a step is a function of the plan, the videos and the step's
 * number, so that a run that is resumed goes on as if it had never stopped.
 */
export interface PretrainingPlan extends PretrainingModel, PlannedClips {
  settings: FilledInSettings;
  /** V-JEPA 2: clips of other lengths, or images, that every step has as well. */
  others: readonly OtherPlannedClips[];
  /** One update (V-JEPA, section 3), for an engine to bind to a state. */
  step: PlannedStep;
  /** Threads that decode clips. */
  workers: number;
  /**
   * Parameters drawn from the seed, the target encoder a copy of the encoder, or an empty record where there is none,
   * AdamW's moments zero.
   */
  initialState(): HostTree<PretrainingState>;
  /** Length, learning rate and the like, and checkpoints, for this many videos. */
  scheduleFor(videos: number): RunSchedule;
}

/** Clips beside the main ones. */
export interface OtherPlannedClips extends PlannedClips {
  /** V-JEPA 2.1: lambda at a step, counted from 1. */
  contextWeightAt(step: number, stepsPerEpoch: number): number | undefined;
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
  const { seed, objective, optimization, recompute, statistics } = settings;
  const step = plannedStep(model, { ...objective, ...optimization, recompute, statistics });
  return {
    ...model,
    ...plannedClips(settings, model.encoder),
    settings,
    others: settings.otherClips.map((_, index) => otherPlannedClips(settings, model.encoder, index)),
    step: settings.optimization.lossGuard ? guardedStep(step) : step,
    workers: decodeThreads(settings.clips.workers),
    initialState() {
      const random = mersenneTwister(seed);
      return initialPretrainingState({
        encoder: initializeClipEncoder(model.encoder, random, { deviation: settings.initialDeviation }),
        predictor: initializeClipPredictor(model.predictor, random, { deviation: settings.predictorInitialDeviation }),
        ...(model.hasTargetEncoder ? {} : { targetEncoder: {} }),
      });
    },
    scheduleFor: (count) => runSchedule(settings, count),
  };
}

function otherPlannedClips(settings: FilledInSettings, encoder: ClipEncoder, index: number): OtherPlannedClips {
  const other = filledOtherClips(settings.otherClips[index]!, settings, encoder);
  const { imageSize, numFrames, contextWeight: weight } = other;
  // Draws of their own: the same list may be read with two lengths.
  const clips = plannedClips({ ...other, seed: settings.seed + 1 + index }, { ...encoder, imageSize, numFrames });
  const objective = { contextWeight: { ...settings.objective.contextWeight, weight } };
  return {
    ...clips,
    contextWeightAt: (step, stepsPerEpoch) => contextWeightAt({ ...settings, objective }, stepsPerEpoch)?.(step),
  };
}
