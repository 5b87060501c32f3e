import { flatten, type HostTensor, type HostTree, scalarOf } from '@vjepa/engine';
import {
  initialPretrainingState,
  type MaskLengths,
  type MaskTree,
  pretrainingFlops,
  pretrainingStep,
} from '@vjepa/jepa';
import { mersenneTwister, permutation, type RandomGenerator } from '@vjepa/random';
import { type CompiledFunction, describeStepShares, type StepShares, stepShares } from '@vjepa/tensorflow';
import { describeFlops } from '@vjepa/training';
import {
  type EncoderConfig,
  encoderConfig,
  initializeEncoder,
  initializePredictor,
  type PredictorConfig,
  predictorConfig,
  type Recompute,
} from '@vjepa/vit';
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
  /** Watch one more step and say where its time went. */
  profile?: boolean;
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
  flags: BenchStepOptions;
  /** With `profile`. */
  profile?: StepShares;
}

/**
 * Times the whole pretraining step (targets, both masks' context and prediction, gradients, AdamW, moving average) on
 * random clips and random masks of the lengths given. The first step, which compiles, is `compile_seconds`.
 *
 * @throws CommandError when the flags describe no model or no mask, or ask to watch a step that is not compiled
 */
export async function benchStep(options: BenchStepOptions): Promise<BenchStepResult> {
  const { encoder, predictor, tokens } = benchModel(options);
  const engine = await openEngine({ ...options, precision: options.dtype, bfloat16Setting: '--dtype bfloat16' });
  if (options.profile && !engine.compiled) {
    throw new CommandError(`--profile watches compiled steps only, and this is not one: ${engine.description}`);
  }
  const random = mersenneTwister(0);
  const step = pretrainingStep({ encoder, predictor, recompute: options.recompute });
  const train = engine.bind(
    step,
    initialPretrainingState({
      encoder: initializeEncoder(encoder, random),
      predictor: initializePredictor(predictor, random),
    }),
  );
  const clips = randomClips(options, random);

  const seconds: number[] = [];
  const work: number[] = [];
  const memory: number[] = [];
  let loss = Number.NaN;
  const inputsOf = (t: number) => ({ clips, ...randomMasks(options, tokens, random), ...schedule, step: t });
  const last = 1 + options.warmup + options.steps;
  for (let t = 1; t <= last; t++) {
    const inputs = inputsOf(t);
    const begun = performance.now();
    const outputs = await train(inputs);
    seconds.push((performance.now() - begun) / 1000);
    work.push(options.batch * pretrainingFlops({ encoder, predictor }, tokens, maskLengths(inputs)));
    memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    loss = scalarOf(outputs.loss);
  }
  const { compilations = 0, profile } = train.flat as Partial<CompiledFunction>;
  const watched = options.profile ? await profile?.(flatten(inputsOf(last + 1))) : undefined;
  train.dispose();
  const measured = seconds.slice(1 + options.warmup).sort((a, b) => a - b);
  const flops = sum(work.slice(1 + options.warmup)) / sum(measured);
  return {
    seconds_per_step: measured[Math.floor(measured.length / 2)]!,
    fastest: measured[0]!,
    model_flops_per_second: flops,
    ...(engine.peakFlops !== undefined && { utilization: flops / engine.peakFlops }),
    compile_seconds: seconds[0]!,
    compilations,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    rss_mb: memory.slice(1 + options.warmup),
    loss,
    tokens,
    backend: engine.description.replace(/^engine: /, ''),
    flags: options,
    ...(watched && { profile: stepShares(watched) }),
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
    `step       ${median.toFixed(3)} s (median of ${flags.steps}), fastest ${result.fastest.toFixed(3)} s; ` +
      `${(flags.batch / median).toFixed(2)} clips/s`,
    `model      ${describeFlops(flops, utilization)}`,
    `first step ${result.compile_seconds.toFixed(1)} s, ${result.compilations} compilations`,
    `memory     ${result.peak_rss_mb} MB at most`,
    `loss       ${result.loss.toFixed(4)}`,
    ...(profile ? ['', ...describeStepShares(profile)] : []),
  ];
}

/** Scalars of a step in the middle of a run; their values do not change what it costs. No norm to clip to: none is scaled. */
const schedule = { learningRate: 1e-4, weightDecay: 0.04, momentum: 0.998 };

function benchModel(options: BenchStepOptions): {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
  tokens: number;
} {
  const { context, target } = options;
  if (context.length !== target.length) {
    throw new CommandError(
      `--context names ${context.length} masks and --target ${target.length}; give one length per mask in both`,
    );
  }
  try {
    const encoder = encoderConfig(options.model, { imageSize: options.crop, numFrames: options.frames });
    const predictor = predictorConfig(encoder, {
      embedDim: options.predDim,
      depth: options.predDepth,
      numMaskTokens: context.length,
    });
    const tokens = (options.frames / encoder.tubeletSize) * (options.crop / encoder.patchSize) ** 2;
    const longest = Math.max(...context, ...target);
    if (longest > tokens) {
      throw new CommandError(`a mask of ${longest} tokens is longer than the clip's ${tokens}; use shorter masks`);
    }
    return { encoder, predictor, tokens };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`the flags' model cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

function randomClips({ batch, frames, crop }: BenchStepOptions, random: RandomGenerator): HostTensor {
  const data = new Uint8Array(batch * frames * crop * crop * 3);
  for (let i = 0; i < data.length; i++) data[i] = random.nextUint32() & 255;
  return { shape: [batch, frames, crop, crop, 3], data };
}

/** `context.i` and `target.i`, [B, K] each: ascending random tokens. */
function randomMasks(options: BenchStepOptions, tokens: number, random: RandomGenerator): HostTree<MaskTree> {
  const mask = (given: number): HostTensor => {
    const least = Math.ceil(given / 2);
    const length = options.vary ? least + (random.nextUint32() % (given - least + 1)) : given;
    const rows = Array.from({ length: options.batch }, () =>
      permutation(random, tokens)
        .slice(0, length)
        .sort((a, b) => a - b),
    );
    return { shape: [options.batch, length], data: Int32Array.from(rows.flat()) };
  };
  return { context: options.context.map(mask), target: options.target.map(mask) };
}

function maskLengths({ context, target }: HostTree<MaskTree>): MaskLengths {
  const length = (mask: HostTensor) => mask.shape[1]!;
  return { context: context.map(length), target: target.map(length) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
