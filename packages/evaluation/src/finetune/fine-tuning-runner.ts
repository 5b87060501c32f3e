import {
  type Engine,
  type HostInputs,
  type HostTensor,
  type StagedInputs,
  type StepFunction,
  type StepRunner,
  scalarOf,
} from '@vjepa/engine';
import {
  fineTuningStep,
  initialFineTuningState,
  type ProbeConfig,
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
  trainingInputs(clips: HostTensor, labels: Int32Array, step: number, learningRate: number): HostInputs;
  /** See `StepRunner`. */
  readonly stage?: StepRunner['stage'];
  /** Trains on what `trainingInputs` made. */
  train(inputs: HostInputs | StagedInputs): Promise<{ loss: number; norm: number }>;
  /** softmax of each clip, [B, classes] */
  probabilities(clips: HostTensor): Promise<HostTensor>;
  encoder(): Promise<Parameters>;
  head(): Promise<Parameters>;
  /** Parameters and AdamW's moments. */
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
  const both: StepFunction = (state, inputs) => ('targets' in inputs ? train(state, inputs) : evaluate(state, inputs));
  const step = Object.assign(both, { batchAxes: train.batchAxes });
  const run = engine.bind(step, initialFineTuningState(options.encoderParameters, options.headParameters));

  /** What is drawn anew for each step. */
  const drawn = (labels: Int32Array, t: number) => {
    const random = stepStream(seed, t);
    const batchSize = labels.length;
    const side = encoder.imageSize;
    const mix = mixed ? sampleMix(mixSettings(training), { height: side, width: side }, random) : undefined;
    const inputs: Record<string, HostTensor> = {
      targets: softTargets(labels, { numClasses: head.numClasses, smoothing, share: mix?.share ?? 1 }),
    };
    if (mix) inputs.mix = mix.map;
    if (dropPath > 0) {
      inputs.branch_scale = sampleBranchScale({ depth: encoder.depth, batchSize, rate: dropPath }, random);
    }
    if (dropout > 0) inputs.dropout = sampleDropout({ batchSize, embedDim: encoder.embedDim, rate: dropout }, random);
    return inputs;
  };
  const parametersOf = async (prefix: string) => {
    const given = prefix === 'encoder.' ? options.encoderParameters : options.headParameters;
    const names = Object.keys(given);
    const state = await run.readState(names.map((name) => prefix + name));
    return Object.fromEntries(names.map((name) => [name, state[prefix + name]])) as Parameters;
  };

  return {
    devices: engine.devices,
    stage: run.stage,
    trainingInputs(clips, labels, t, learningRate) {
      return {
        clips,
        ...drawn(labels, t),
        learning_rate: learningRate,
        weight_decay: weightDecay,
        step: t,
        clip_norm: clipNorm ?? 0,
      };
    },
    async train(inputs) {
      const outputs = await run(inputs);
      return { loss: scalarOf(outputs.loss!), norm: scalarOf(outputs.grad_norm!) };
    },
    async probabilities(clips) {
      return (await run({ 'clips.0.0': clips }))['probabilities.0']!;
    },
    encoder: () => parametersOf('encoder.'),
    head: () => parametersOf('probe.0.'),
    readState: () => run.readState(),
    writeState: (state) => run.writeState(state),
    dispose: () => run.dispose(),
  };
}

function mixSettings({ mixup, cutmix, mixProbability, mixSwitchProbability }: FineTuningTraining) {
  return { mixup, cutmix, probability: mixProbability, switchProbability: mixSwitchProbability };
}
