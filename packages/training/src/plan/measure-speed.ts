import type { Dataset } from '@vjepa/benchmarks';
import { type Engine, scalarOf } from '@vjepa/engine';
import { initialGradients } from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/random';
import { initializeClipEncoder } from '@vjepa/vit';
import type { PretrainingPlan } from './plan-pretraining.js';
import { clipsOfStep, type PlannedClips } from './planned-clips.js';
import { stepInputs } from './step-inputs.js';
import { trainInParts } from './train-in-parts.js';

/** How long each sample lasts, about, in milliseconds, after its first batch or step. */
const SAMPLE_MS = 5000;
const MOST_STEPS = 10;

/** Speed of a run's loader by itself. */
export interface LoaderSpeed {
  clipsPerSecond: number;
  clips: number;
  /** Videos met that could not be used. */
  replaced: number;
  threads: number;
  decoder: string;
}

/**
 * Decodes and augments the first clips of a run for a few seconds.
 *
 * @throws VideoError or Error when no batch can be made
 */
export async function measureLoader(plan: PretrainingPlan, datasets: readonly Dataset[]): Promise<LoaderSpeed> {
  const videos = datasets.flatMap((dataset) => dataset.videos);
  const { workers: threads } = plan;
  const loader = plan.loaderFor(videos);
  // Small batches, so that a slow loader is seen within the time as well.
  const size = Math.min(plan.settings.batchSize, 2 * threads);
  const samplesAt = plan.samplesFor(datasets, size);
  const samples = function* () {
    for (let step = 0; ; step++) yield samplesAt(step);
  };
  let begun: number | undefined;
  let clips = 0;
  let replaced = 0;
  try {
    for await (const batch of loader.batches(samples())) {
      replaced += batch.failures.length;
      batch.release();
      // The first batch waits for threads to start.
      if (begun === undefined) begun = performance.now();
      else clips += size;
      if (clips > 0 && performance.now() - begun >= SAMPLE_MS) break;
    }
    const seconds = (performance.now() - begun!) / 1000;
    return { clipsPerSecond: clips / seconds, clips, replaced, threads, decoder: (await loader.decoder()).decoder };
  } finally {
    await loader.close();
  }
}

/** Speed of a run's training step by itself. */
export interface StepSpeed {
  /** Median, after the first. */
  secondsPerStep: number;
  clipsPerSecond: number;
  steps: number;
  /** The first step, which compiles. */
  firstSeconds: number;
  lastLoss: number;
}

/** Trains a fresh model on noise for a few seconds, at least one step after the first. */
export async function measureStep(plan: PretrainingPlan, engine: Engine): Promise<StepSpeed> {
  const teacher = plan.teacher && initializeClipEncoder(plan.teacher, mersenneTwister(0));
  const { accumulationSteps } = plan.settings.optimization;
  const state = plan.initialState();
  const sums = accumulationSteps > 1 && initialGradients(state);
  const train = engine.bind(plan.step, { ...state, ...sums, ...(teacher && { teacher }) });
  const update = trainInParts(train, accumulationSteps);
  const [noise, ...noises] = [plan, ...plan.others].map(noiseOf);
  const schedule = plan.scheduleFor(plan.batchSize);
  const inputsOf = (step: number) => {
    const others = plan.others.map((other, i) => ({
      ...{ batch: noises[i]!, masks: other.masksAt(step) },
      contextWeight: other.contextWeightAt(step + 1, schedule.stepsPerEpoch),
    }));
    const inputs = stepInputs(step + 1, noise!, plan.masksAt(step), schedule.at(step + 1), others);
    return plan.settings.optimization.lossGuard ? { ...inputs, lossLimit: 3e38 } : inputs;
  };
  const seconds: number[] = [];
  let lastLoss = Number.NaN;
  const begun = performance.now();
  let measuredFrom = begun;
  try {
    while (seconds.length < 2 || (seconds.length <= MOST_STEPS && performance.now() - measuredFrom < SAMPLE_MS)) {
      const step = seconds.length;
      const stepBegun = performance.now();
      const { loss } = await update(inputsOf(step));
      lastLoss = scalarOf(loss);
      seconds.push((performance.now() - stepBegun) / 1000);
      if (step === 0) measuredFrom = performance.now();
    }
  } finally {
    train.dispose();
  }
  const [firstSeconds, ...rest] = seconds as [number, ...number[]];
  const secondsPerStep = rest.sort((a, b) => a - b)[rest.length >> 1]!;
  return {
    secondsPerStep,
    clipsPerSecond: clipsOfStep(plan) / secondsPerStep,
    steps: rest.length,
    firstSeconds,
    lastLoss,
  };
}

function noiseOf({ batchSize: B, frames: T, side: S }: PlannedClips) {
  const clips = Uint8Array.from({ length: B * T * S * S * 3 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  return { clips, shape: [B, T, S, S, 3] };
}
