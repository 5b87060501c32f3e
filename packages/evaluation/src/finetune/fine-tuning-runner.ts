import {
  type Engine,
  type FeedTree,
  fill,
  flatten,
  type HostTensor,
  type HostTree,
  outlineOf,
  type StagedInputs,
  type StepFunction,
  type StepRunner,
  scalarOf,
} from '@vjepa/engine';
import {
  type FineTuningInputs,
  type FineTuningOutputs,
  type FineTuningState,
  fineTuningStep,
  initialFineTuningState,
  type ProbeConfig,
  type ProbeEvaluationOutputs,
  type ProbeLooks,
  probeEvaluationStep,
  sampleBranchScale,
  sampleDropout,
  sampleMix,
  softTargets,
} from '@vjepa/probe';
import { stepStream } from '@vjepa/random';
import type { FineTuningPlan, FineTuningTraining } from './fine-tuning-plan.js';

type Parameters = Record<string, { shape: number[]; data: Float32Array }>;

/** An encoder and its classifier on an engine, trained end to end. */
export interface FineTuningRunner {
  /** Devices that share each batch. */
  readonly devices: number;
  /**
   * What one update is made of; the step is counted from 1. Mixing, stochastic depth and dropout are drawn from (seed,
   * step).
   *
   * @param clips pixels 0..255, [B, T, S, S, 3]
   */
  trainingInputs(clips: HostTensor, labels: Int32Array, step: number, learningRate: number): FeedTree<FineTuningInputs>;
  /** See `StepRunner`. */
  readonly stage?: StepRunner<FineTuningState, FineTuningInputs, FineTuningOutputs>['stage'];
  /** Trains on what `trainingInputs` made. */
  train(inputs: FeedTree<FineTuningInputs> | StagedInputs): Promise<{ loss: number; norm: number }>;
  /** softmax of each clip, [B, classes] */
  probabilities(clips: HostTensor): Promise<HostTensor>;
  encoder(): Promise<Parameters>;
  head(): Promise<Parameters>;
  /** Parameters and AdamW's moments, by their names in a file. */
  readState(): Promise<Record<string, HostTensor>>;
  writeState(state: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}

export interface FineTuningRunnerOptions {
  engine: Engine;
  plan: FineTuningPlan;
  encoderParameters: Parameters;
  head: ProbeConfig;
  headParameters: Parameters;
}

/** Binds encoder and classifier to an engine. Training and answering share one state. */
export function fineTuningRunner(options: FineTuningRunnerOptions): FineTuningRunner {
  const { engine, plan, head } = options;
  const { encoder, training, seed } = plan;
  const { dropPath, clipNorm, labelSmoothing: smoothing, weightDecay } = training;
  const { dropout } = plan.head;
  const mixed = training.mixup > 0 || training.cutmix > 0;
  const train = fineTuningStep({
    encoder,
    head,
    layerDecay: training.layerDecay,
    mix: mixed,
    stochasticDepth: dropPath > 0,
    headDropout: dropout > 0,
    recompute: training.recompute,
  });
  const evaluate = probeEvaluationStep({ probe: head, encoder });
  const both: StepFunction<
    FineTuningState,
    FineTuningInputs | ProbeLooks,
    FineTuningOutputs | ProbeEvaluationOutputs
  > = (state, inputs) =>
    'targets' in inputs ? train(state, inputs) : { state: {}, outputs: evaluate(state, inputs).outputs };
  const step = Object.assign(both, { batchAxes: train.batchAxes });
  const initial = initialFineTuningState(options.encoderParameters, options.headParameters);
  const outline = outlineOf(initial);
  const run = engine.bind(step, initial);

  /** What is drawn anew for each step. */
  const drawn = (labels: Int32Array, t: number) => {
    const random = stepStream(seed, t);
    const batchSize = labels.length;
    const side = encoder.imageSize;
    const mix = mixed ? sampleMix(mixSettings(training), { height: side, width: side }, random) : undefined;
    return {
      targets: softTargets(labels, { numClasses: head.numClasses, smoothing, share: mix?.share ?? 1 }),
      ...(mix && { mix: mix.map }),
      ...(dropPath > 0 && {
        branchScale: sampleBranchScale({ depth: encoder.depth, batchSize, rate: dropPath }, random),
      }),
      ...(dropout > 0 && { dropout: sampleDropout({ batchSize, embedDim: encoder.embedDim, rate: dropout }, random) }),
    };
  };

  return {
    devices: engine.devices,
    stage: run.stage,
    trainingInputs(clips, labels, t, learningRate) {
      return {
        clips,
        ...drawn(labels, t),
        learningRate,
        weightDecay,
        step: t,
        clipNorm: clipNorm ?? 0,
      };
    },
    async train(inputs) {
      // Given targets, it trains.
      const { loss, gradNorm } = (await run(inputs)) as HostTree<FineTuningOutputs>;
      return { loss: scalarOf(loss), norm: scalarOf(gradNorm) };
    },
    async probabilities(clips) {
      const { probabilities } = (await run({ clips: [[clips]] })) as HostTree<ProbeEvaluationOutputs>;
      return probabilities[0]!;
    },
    encoder: async () => (await run.readState(['encoder'])).encoder as Parameters,
    head: async () => (await run.readState(['probe'])).probe[0] as Parameters,
    readState: async () => flatten(await run.readState()),
    writeState: (state) => run.writeState(fill(outline, (name) => state[name]) as HostTree<FineTuningState>),
    dispose: () => run.dispose(),
  };
}

function mixSettings({ mixup, cutmix, mixProbability, mixSwitchProbability }: FineTuningTraining) {
  return { mixup, cutmix, probability: mixProbability, switchProbability: mixSwitchProbability };
}
