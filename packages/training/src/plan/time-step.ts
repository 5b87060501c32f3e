import {
  type Engine,
  type FlatInputs,
  type FlatRunner,
  flatten,
  type HostTensor,
  type HostTree,
  scalarOf,
} from '@vjepa/engine';
import { initialPretrainingState, type MaskLengths, type MaskTree, pretrainingFlops } from '@vjepa/jepa';
import { tokenCount } from '@vjepa/masks';
import { mersenneTwister, permutation, type RandomGenerator } from '@vjepa/random';
import {
  type ClipEncoder,
  type ClipPredictor,
  initializeClipEncoder,
  initializeClipPredictor,
  type Recompute,
  tokenGrid,
  versionOf,
} from '@vjepa/vit';
import { InputError } from '../input-error.js';
import { plannedStep } from './planned-step.js';

/** Which step to time, and how often. */
export interface TimeStepOptions {
  encoder: ClipEncoder;
  /** With a mask token for each mask; of V-JEPA 2 with one or more. */
  predictor: ClipPredictor;
  /** Clips a step. */
  batchSize: number;
  /** Tokens of each mask. */
  lengths: MaskLengths;
  /** Draw other lengths for every step, between half of those given and all. Default: false. */
  vary?: boolean | undefined;
  /** What the backward pass computes again. Default: nothing. */
  recompute?: Recompute | undefined;
  /** Steps that are timed, 1 or more. */
  steps: number;
  /** Steps before those, after the first. Default: 0. */
  warmup?: number | undefined;
  /** Is given what ran the steps, and the inputs of one more, before it is let go. */
  after?: ((runner: FlatRunner, inputs: FlatInputs) => Promise<void>) | undefined;
}

/** How long a step took. Times in seconds. */
export interface StepTiming {
  /** Median of the timed steps. */
  secondsPerStep: number;
  fastest: number;
  /** The first step, which compiles. */
  firstSeconds: number;
  /** Floating-point operations a second that the model needs. */
  modelFlopsPerSecond: number;
  /** Resident memory after each timed step. */
  residentBytes: number[];
  /** Of the last step. */
  loss: number;
  /** Of a clip. */
  tokens: number;
}

/** Scalars of a step in the middle of a run; their values do not change what it costs. No norm to clip to: none is scaled. */
const SCHEDULE = { learningRate: 1e-4, weightDecay: 0.04, momentum: 0.998 };

/**
 * Times the whole pretraining step (targets, all masks' context and prediction, gradients, AdamW, moving average) on random
 * clips and random masks of the lengths given. Every call draws the same.
 *
 * @throws InputError where a mask is longer than the clip, or contexts and targets are not as many
 */
export async function timeStep(engine: Engine, options: TimeStepOptions): Promise<StepTiming> {
  const { encoder, predictor, batchSize, lengths, steps, warmup = 0 } = options;
  const tokens = tokenCount(tokenGrid(encoder));
  requireFittingMasks(lengths, tokens);
  const random = mersenneTwister(0);
  const train = engine.bind(
    plannedStep({ encoder, predictor, hasTargetEncoder: true }, { recompute: options.recompute ?? 'none' }),
    initialPretrainingState({
      encoder: initializeClipEncoder(encoder, random),
      predictor: initializeClipPredictor(predictor, random),
    }),
  );
  const clips = randomClips(encoder, batchSize, random);
  const scheduled = { ...SCHEDULE, ...(versionOf(encoder) === '2.1' && { contextWeight: 0.5 }) };
  const inputsOf = (step: number) => ({ clips, ...randomMasks(options, tokens, random), ...scheduled, step });
  const seconds: number[] = [];
  const residentBytes: number[] = [];
  let operations = 0;
  let loss = Number.NaN;
  const last = 1 + warmup + steps;
  try {
    for (let step = 1; step <= last; step++) {
      const inputs = inputsOf(step);
      const begun = performance.now();
      const outputs = await train(inputs);
      seconds.push((performance.now() - begun) / 1000);
      loss = scalarOf(outputs.loss);
      if (step <= 1 + warmup) continue;
      operations += batchSize * pretrainingFlops({ encoder, predictor }, tokens, lengthsOf(inputs));
      residentBytes.push(process.memoryUsage.rss());
    }
    await options.after?.(train.flat, flatten(inputsOf(last + 1)));
  } finally {
    train.dispose();
  }
  const timed = seconds.slice(1 + warmup).sort((a, b) => a - b);
  return {
    secondsPerStep: timed[timed.length >> 1]!,
    fastest: timed[0]!,
    firstSeconds: seconds[0]!,
    modelFlopsPerSecond: operations / timed.reduce((sum, time) => sum + time, 0),
    residentBytes,
    loss,
    tokens,
  };
}

function requireFittingMasks({ context, target }: MaskLengths, tokens: number): void {
  if (context.length !== target.length) {
    const problem = `of the masks there are ${context.length} contexts and ${target.length} targets`;
    throw new InputError({ problem, remedy: 'give one length of each for every mask', code: 'masks' });
  }
  const longest = Math.max(...context, ...target);
  if (longest <= tokens) return;
  const problem = `a mask of ${longest} tokens is longer than the clip's ${tokens}`;
  throw new InputError({ problem, remedy: 'use shorter masks', code: 'masks' });
}

function randomClips({ numFrames, imageSize }: ClipEncoder, batchSize: number, random: RandomGenerator): HostTensor {
  const shape = [batchSize, numFrames, imageSize, imageSize, 3];
  const data = new Uint8Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = random.nextUint32() & 255;
  return { shape, data };
}

/** `context.i` and `target.i`, [B, K] each: ascending random tokens. */
function randomMasks(options: TimeStepOptions, tokens: number, random: RandomGenerator): HostTree<MaskTree> {
  const { batchSize, vary, lengths } = options;
  const mask = (given: number): HostTensor => {
    const least = Math.ceil(given / 2);
    const length = vary ? least + (random.nextUint32() % (given - least + 1)) : given;
    const rows = Array.from({ length: batchSize }, () =>
      permutation(random, tokens)
        .slice(0, length)
        .sort((a, b) => a - b),
    );
    return { shape: [batchSize, length], data: Int32Array.from(rows.flat()) };
  };
  return { context: lengths.context.map(mask), target: lengths.target.map(mask) };
}

function lengthsOf({ context, target }: HostTree<MaskTree>): MaskLengths {
  const length = (mask: HostTensor) => mask.shape[1]!;
  return { context: context.map(length), target: target.map(length) };
}
