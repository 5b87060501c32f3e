import { writeFileSync } from 'node:fs';
import { type CompiledFunction, describeStepShares, type StepShares, stepShares } from '@vjepa/tensorflow';
import { describeFlops, timeStep } from '@vjepa/training';
import { clipEncoderConfig, clipPredictorConfig, type Recompute } from '@vjepa/vit';
import { type AttentionForm, type CompiledStep, describeAttention } from '@vjepa/xla';
import { CommandError, reasonOf } from '../command-error.js';
import { type EngineOptions, openEngine, type Precision } from '../engine/engine.js';

export interface BenchStepOptions extends EngineOptions {
  model: string;
  crop: number;
  frames: number;
  batch: number;
  /** Context tokens of each mask. */
  context: number[];
  /** Target tokens of each mask. */
  target: number[];
  predDim: number;
  predDepth: number;
  dtype: Precision;
  steps: number;
  warmup: number;
  recompute: Recompute;
  /** Draw other mask lengths for every step, between half of those given and all. */
  vary: boolean;
  /** Watch one more step and say where its time went; XLA writes a trace, into this file or `step.trace.json`. */
  profile?: boolean | string;
}

/** How long a step took. Times in seconds, memory in MB (2^20 bytes). */
export interface BenchStepResult {
  seconds_per_step: number;
  fastest: number;
  /** Floating-point operations a second that the model needs. */
  model_flops_per_second: number;
  /** The share of the device's peak that this is, where that is known. */
  utilization?: number;
  compile_seconds: number;
  compilations: number;
  peak_rss_mb: number;
  /** Resident memory after each measured step. */
  rss_mb: number[];
  loss: number;
  tokens: number;
  backend: string;
  /** Of XLA: the forms that attention takes, and why. */
  attention?: readonly AttentionForm[];
  flags: BenchStepOptions;
  /** With `profile`, of TensorFlow. */
  profile?: StepShares;
  /** With `profile`, of XLA: the file that has the trace. */
  trace?: string;
  /** Why what XLA did is not in it, where it is not. */
  unseen?: string;
}

/**
 * Times the whole pretraining step on random clips and masks. The first step, which compiles, is `compile_seconds`.
 *
 * @throws CommandError when the flags describe no model, or ask to watch a step that is not compiled
 */
export async function benchStep(options: BenchStepOptions): Promise<BenchStepResult> {
  const { context, target, batch: batchSize, recompute, vary, steps, warmup } = options;
  const model = benchModel(options);
  const engine = await openEngine({ ...options, precision: options.dtype, bfloat16Setting: '--dtype bfloat16' });
  if (options.profile && !engine.compiled) {
    throw new CommandError(`--profile watches compiled steps only, and this is not one: ${engine.description}`);
  }
  let compilations = 0;
  let profile: StepShares | undefined;
  let trace: string | undefined;
  let unseen: string | undefined;
  let attention: readonly AttentionForm[] | undefined;
  const timing = await timeStep(engine, {
    ...{ ...model, batchSize, lengths: { context, target }, vary, recompute, steps, warmup },
    async after(runner, inputs) {
      const compiled = runner as Partial<CompiledFunction>;
      compilations = compiled.compilations ?? 0;
      attention = (runner as Partial<CompiledStep>).attention;
      if (!options.profile) return;
      if (engine.backend === 'xla') {
        trace = typeof options.profile === 'string' ? options.profile : 'step.trace.json';
        const watched = await (runner as CompiledStep).profile(inputs);
        writeFileSync(trace, JSON.stringify(watched.trace));
        unseen = watched.unseen;
      } else if (compiled.profile !== undefined) profile = stepShares(await compiled.profile(inputs));
    },
  });
  const { modelFlopsPerSecond, residentBytes } = timing;
  return {
    seconds_per_step: timing.secondsPerStep,
    fastest: timing.fastest,
    model_flops_per_second: modelFlopsPerSecond,
    ...(engine.peakFlops !== undefined && { utilization: modelFlopsPerSecond / engine.peakFlops }),
    compile_seconds: timing.firstSeconds,
    compilations,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    rss_mb: residentBytes.map((bytes) => Math.round(bytes / 2 ** 20)),
    loss: timing.loss,
    tokens: timing.tokens,
    backend: engine.description.replace(/^engine: /, ''),
    ...(attention && { attention }),
    flags: options,
    ...(profile && { profile }),
    ...(trace !== undefined && { trace }),
    ...(unseen !== undefined && { unseen }),
  };
}

/** The result as `--json` prints it. */
export function benchStepJson({ profile, ...result }: BenchStepResult): string {
  const operations = profile?.operations.map(({ floatOperations: float_operations, ...share }) => ({
    ...share,
    float_operations,
  }));
  return JSON.stringify({ ...result, ...(profile && { profile: { ...profile, operations } }) });
}

/** The result as lines for people. */
export function describeBenchStep(result: BenchStepResult): string[] {
  const { seconds_per_step: median, model_flops_per_second: flops, utilization, flags, profile } = result;
  return [
    `engine     ${result.backend}`,
    ...(result.attention ? [`attention  ${describeAttention(result.attention)}`] : []),
    `step       ${median.toFixed(3)} s (median of ${flags.steps}), fastest ${result.fastest.toFixed(3)} s; ` +
      `${(flags.batch / median).toFixed(2)} clips/s`,
    `model      ${describeFlops(flops, utilization)}`,
    `first step ${result.compile_seconds.toFixed(1)} s, ${result.compilations} compilations`,
    `memory     ${result.peak_rss_mb} MB at most`,
    `loss       ${result.loss.toFixed(4)}`,
    ...(profile ? ['', ...describeStepShares(profile)] : []),
    ...(result.trace === undefined ? [] : [`trace      ${result.trace}, for ui.perfetto.dev or chrome://tracing`]),
    ...(result.unseen === undefined ? [] : [`           without what XLA does within: ${result.unseen}`]),
  ];
}

function benchModel(options: BenchStepOptions) {
  const { model, crop: imageSize, frames: numFrames, predDim: embedDim, predDepth: depth, context } = options;
  try {
    const encoder = clipEncoderConfig(model, { imageSize, numFrames });
    return { encoder, predictor: clipPredictorConfig(encoder, { embedDim, depth, numMaskTokens: context.length }) };
  } catch (error) {
    throw new CommandError(`the flags' model cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}
