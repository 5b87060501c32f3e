import { type ModelSummary, summarizeModel } from '../plan/model-summary.js';
import { planPretraining } from '../plan/plan-pretraining.js';
import { checkpointBytes } from '../plan/planned-memory.js';
import { type FilledInSettings, filledOtherClips, type PretrainingSettings } from '../plan/pretraining-settings.js';
import { type AcceleratorName, accelerator } from './accelerators.js';
import { SCALE_ASSUMPTIONS, type ScaleAssumptions } from './assumptions.js';
import { cutState } from './cut-state.js';
import { type DeviceMemory, deviceMemory } from './device-memory.js';
import { stepExchanges } from './exchanges.js';
import { type ScaledFeeding, scaledFeeding } from './feeding.js';
import { type FilledScaleOptions, filledScaleOptions, requireEqualShares, type ScaleOptions } from './scale-options.js';
import { type ScaledClips, scaledClips } from './scaled-clips.js';
import { type ScaledExchanges, type ScaledStep, scaledStep } from './scaled-step.js';
import { optimizerBytes, stepWork } from './step-work.js';

/** What a pretraining would take on many devices: computed from sizes and assumed rates, nothing measured. */
export interface ScalePlan {
  device: AcceleratorName;
  devices: number;
  hosts: number;
  shardState: boolean;
  settings: FilledInSettings;
  assumptions: ScaleAssumptions;
  encoderParameters: number;
  predictorParameters: number;
  /** Clips of a step, kind by kind, with their masks. */
  clips: ScaledClips[];
  step: ScaledStep;
  memory: ScaledMemory;
  exchanges: ScaledExchanges;
  feeding: ScaledFeeding;
  checkpoint: ScaledCheckpoint;
  /** Where the number of steps is known. */
  run: ScaledRun | undefined;
}

/** Memory of each device. */
export interface ScaledMemory extends DeviceMemory {
  deviceBytes: number;
  /** What of it a program is given. */
  usableBytes: number;
  fits: boolean;
}

/** A run's checkpoints, for each of which it waits. */
export interface ScaledCheckpoint {
  bytes: number;
  writeSeconds: number;
  everySteps: number | undefined;
}

/** The whole run. */
export interface ScaledRun {
  steps: number;
  checkpoints: number;
  /** Of steps and checkpoints. */
  seconds: number;
  deviceHours: number;
  /** Floating-point operations that the model needs. */
  modelFlops: number;
}

/**
 * Plans a pretraining on many devices that are not there: how long a step takes and how much of the devices it uses, memory,
 * exchanges, what loaders and storage must give, checkpoints and the whole run.
 *
 * @throws InputError naming the option that cannot be, or the setting with which nothing can be trained; MaskSettingsError
 */
export function planScale(given: PretrainingSettings, options: ScaleOptions): ScalePlan {
  const filled = filledScaleOptions(options);
  const { devices, devicesPerHost, shardState } = filled;
  const { plan, clips, accumulationSteps } = plannedAtScale(given, filled);
  const { settings } = plan;
  const { recompute, precision } = settings;
  const device = accelerator(filled.device);
  const assumptions = { ...SCALE_ASSUMPTIONS, ...filled.assumptions };
  const summary = summarizeModel(settings.model, plan);
  const state = cutState(plan, shardState ? devices : 1);
  const links = {
    ...{ devices, devicesPerHost: Math.min(devices, devicesPerHost) },
    linkBytesPerSecond: filled.linkBytesPerSecond ?? device.linkBytesPerSecond,
    networkBytesPerSecond: filled.networkBytesPerSecond ?? device.networkBytesPerSecond,
  };
  const masks = clips.reduce((sum, { lengths }) => sum + lengths.context.length, 0);
  const operandBytes = precision === 'bfloat16' ? 2 : 4;
  const exchanged = stepExchanges(state, { operandBytes, passes: masks * accumulationSteps, accumulationSteps });
  const { step, exchanges } = scaledStep(
    stepWork(plan, clips, { recompute, precision }),
    devices > 1 ? exchanged : [],
    optimizerBytes(summary) / (shardState ? devices : 1),
    { device, links, assumptions, precision, recompute },
  );
  const memory = deviceMemory(plan, state, clips, { devices, recompute, precision, accumulationSteps });
  const usableBytes = assumptions.usableMemory * device.memoryBytes;
  const fits = memory.argumentBytes + memory.temporaryBytes <= usableBytes;
  const hosts = Math.ceil(devices / devicesPerHost);
  const checkpoint = checkpointOf(summary, settings, assumptions);
  return {
    ...{ device: filled.device, devices, hosts, shardState, settings, assumptions },
    encoderParameters: summary.encoderParameters,
    predictorParameters: summary.predictorParameters,
    ...{ clips, step, exchanges, checkpoint },
    memory: { ...memory, deviceBytes: device.memoryBytes, usableBytes, fits },
    feeding: scaledFeeding(clips, { stepSeconds: step.seconds, hosts, video: filled.video }),
    run: runOf(step, checkpoint, devices, filled.steps ?? stepsOf(settings)),
  };
}

/** The settings with their clips of all devices; masks are drawn for a batch of `maskGroup`, where that is given. */
function plannedAtScale(settings: PretrainingSettings, { batchSize, maskGroup, devices }: FilledScaleOptions) {
  const base = planPretraining(settings).settings;
  const whole = batchSize ?? base.batchSize;
  const { accumulationSteps } = base.optimization;
  const batches = [base, ...base.otherClips].map((clips) => Math.round((clips.batchSize * whole) / base.batchSize));
  for (const size of batches) requireEqualShares(size, devices, accumulationSteps);
  const inGroups = (size: number) => Math.max(1, Math.round((size * (maskGroup ?? whole)) / whole));
  const plan = planPretraining({
    ...settings,
    batchSize: inGroups(batches[0]!),
    otherClips: base.otherClips.map((clips, i) => ({ ...clips, batchSize: inGroups(batches[1 + i]!) })),
    optimization: { ...settings.optimization, accumulationSteps: 1 },
  });
  const readings = [
    plan.settings.clips,
    ...plan.settings.otherClips.map((one) => filledOtherClips(one, plan.settings, plan.encoder).clips),
  ];
  const clips = [plan, ...plan.others].map((kind, i) => ({
    ...scaledClips(kind, readings[i]!),
    batchSize: batches[i]!,
  }));
  return { plan, clips, accumulationSteps };
}

function checkpointOf(
  summary: ModelSummary,
  { checkpoints, stepsPerEpoch }: FilledInSettings,
  { writeBytesPerSecond }: ScaleAssumptions,
): ScaledCheckpoint {
  const bytes = checkpointBytes(summary);
  return { bytes, writeSeconds: bytes / writeBytesPerSecond, everySteps: checkpoints.every ?? stepsPerEpoch };
}

function stepsOf({ stepsPerEpoch, epochs }: FilledInSettings): number | undefined {
  return stepsPerEpoch === undefined ? undefined : stepsPerEpoch * epochs;
}

function runOf(
  step: ScaledStep,
  { writeSeconds, everySteps }: ScaledCheckpoint,
  devices: number,
  steps: number | undefined,
): ScaledRun | undefined {
  if (steps === undefined) return undefined;
  const checkpoints = everySteps === undefined ? 1 : Math.ceil(steps / everySteps);
  const seconds = steps * step.seconds + checkpoints * writeSeconds;
  return { steps, checkpoints, seconds, deviceHours: (devices * seconds) / 3600, modelFlops: steps * step.modelFlops };
}
