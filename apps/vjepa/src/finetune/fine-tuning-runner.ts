import { type HostTensor, type StepFunction, scalarOf } from '@vjepa/engine';
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
import type { EncoderConfig } from '@vjepa/vit';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';
import type { Engine } from '../engine/engine.js';

type Parameters = Record<string, { shape: number[]; data: Float32Array }>;

/** An encoder and its classifier on an engine, trained end to end. */
export interface FineTuningRunner {
  /** Devices that share each batch. */
  readonly devices: number;
  /**
   * One update; the step is counted from 1. Mixing, stochastic depth and dropout are drawn from (seed, step).
   *
   * @param clips pixels 0..255, [B, T, S, S, 3]
   */
  train(
    clips: HostTensor,
    labels: Int32Array,
    step: number,
    learningRate: number,
  ): Promise<{ loss: number; norm: number }>;
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
  config: FineTuningConfig;
  encoder: EncoderConfig;
  encoderParameters: Parameters;
  head: ProbeConfig;
  headParameters: Parameters;
}

/** Binds encoder and classifier to an engine. Training and answering share one state. */
export function fineTuningRunner(options: FineTuningRunnerOptions): FineTuningRunner {
  const { engine, config, encoder, head } = options;
  const { optimization, seed } = config;
  const mixed = optimization.mixup > 0 || optimization.cutmix > 0;
  const dropout = config.head.dropout;
  const train = fineTuningStep({
    encoder,
    head,
    layerDecay: optimization.layer_decay,
    mix: mixed,
    stochasticDepth: optimization.drop_path > 0,
    headDropout: dropout > 0,
    recompute: optimization.recompute,
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
    const mix = mixed ? sampleMix(mixSettings(optimization), { height: side, width: side }, random) : undefined;
    const { label_smoothing: smoothing, drop_path: rate } = optimization;
    const inputs: Record<string, HostTensor> = {
      targets: softTargets(labels, { numClasses: head.numClasses, smoothing, share: mix?.share ?? 1 }),
    };
    if (mix) inputs.mix = mix.map;
    if (rate > 0) inputs.branch_scale = sampleBranchScale({ depth: encoder.depth, batchSize, rate }, random);
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
    async train(clips, labels, t, learningRate) {
      const outputs = await run({
        clips,
        ...drawn(labels, t),
        learning_rate: learningRate,
        weight_decay: optimization.weight_decay,
        step: t,
        clip_norm: optimization.clip_grad ?? 0,
      });
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

function mixSettings({ mixup, cutmix, ...mix }: FineTuningConfig['optimization']) {
  return { mixup, cutmix, probability: mix.mix_probability, switchProbability: mix.mix_switch_probability };
}
