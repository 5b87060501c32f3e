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
  type FeatureLayout,
  initialGradients,
  initializeProbe,
  initialProbeState,
  labelsOfLooks,
  meanOverLooks,
  type ProbeConfig,
  probeEvaluationStep,
  probeParameterShapes,
  probeTrainingStep,
} from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import type { FeatureBatch } from './feature-source.js';

/** A probe's parameters by the names of the reference's classifier, without prefixes. */
export type ProbeParameters = Record<string, { shape: number[]; data: Float32Array }>;

/** What an update is made with at one step: learning rate and weight decay of each probe. */
export interface ProbeRates {
  learningRate: readonly number[];
  weightDecay: readonly number[];
  /** Largest norm of a probe's gradients; 0: not clipped. */
  clipNorm: number;
}

/** Where a part of a batch stands in it. */
interface BatchPart {
  /** Of the batch's samples. */
  share: number;
  /** Whether the update comes with this part. */
  last: boolean;
}

/** Several probes of one kind on an engine, trained and asked together on the same features. */
export interface ProbeRunner {
  readonly probe: ProbeConfig;
  readonly count: number;
  /** Gives all probes new parameters and clears AdamW's moments. */
  reset(parameters: ProbeParameters): Promise<void>;
  /** What one update is made of, or with a runner that accumulates one part of it; the step is counted from 1. */
  trainingInputs(
    batch: FeatureBatch,
    layout: FeatureLayout,
    step: number,
    rates: ProbeRates,
    part?: BatchPart,
  ): HostInputs;
  /** See `StepRunner`. */
  readonly stage?: StepRunner['stage'];
  /**
   * Trains on what `trainingInputs` made.
   *
   * @returns loss and number of correct answers of each probe on these samples
   */
  train(inputs: HostInputs | StagedInputs, layout: FeatureLayout): Promise<{ loss: number[]; correct: number[] }>;
  /** For each probe [B, classes]: softmax averaged over the looks at each sample. */
  probabilities(features: Float32Array, layout: FeatureLayout): Promise<Float64Array[]>;
  parameters(probe: number): Promise<ProbeParameters>;
  /** Parameters and AdamW's moments of all probes. */
  readState(): Promise<Record<string, HostTensor>>;
  writeState(state: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}

/** A fresh probe, drawn from the seed. */
export function freshProbe(probe: ProbeConfig, seed: number): ProbeParameters {
  return initializeProbe(probe, mersenneTwister(seed));
}

/**
 * Binds `count` probes that start equal to an engine. Training and answering are one step function, told apart by
 * whether labels come, so that both share the state.
 *
 * @param accumulate whether batches come in parts, whose gradients add up
 */
export function probeRunner(
  engine: Engine,
  probe: ProbeConfig,
  count: number,
  initial: ProbeParameters,
  accumulate = false,
): ProbeRunner {
  const config = { probe, numProbes: count, accumulate };
  const [train, evaluate] = [probeTrainingStep(config), probeEvaluationStep(config)];
  const step: StepFunction = (state, inputs) => ('labels' in inputs ? train(state, inputs) : evaluate(state, inputs));
  const all = Array.from({ length: count }, (_, i) => i);
  const stateOf = (parameters: ProbeParameters) => {
    const state = initialProbeState(all.map(() => parameters));
    return accumulate ? { ...state, ...initialGradients(state) } : state;
  };
  const saved = Object.keys(stateOf(initial)).filter((name) => !name.startsWith('gradient.'));
  const run = engine.bind(step, stateOf(initial));
  const input = (features: Float32Array, { tokens, width }: FeatureLayout) => {
    const rows = features.length / (tokens * width);
    return { shape: [rows, tokens, width], data: features };
  };

  return {
    probe,
    count,
    reset: (parameters) => run.writeState(stateOf(parameters)),
    stage: run.stage,
    trainingInputs(
      { features, labels },
      layout,
      t,
      { learningRate, weightDecay, clipNorm },
      part = { share: 1, last: true },
    ) {
      const inputs: HostInputs = {
        'features.0.0': input(features, layout),
        labels: { shape: [labels.length * layout.looks], data: labelsOfLooks(labels, layout.looks) },
      };
      if (accumulate) inputs.share = part.share;
      if (part.last) Object.assign(inputs, { step: t, clip_norm: clipNorm });
      for (const i of part.last ? all : []) {
        inputs[`learning_rate.${i}`] = learningRate[i]!;
        inputs[`weight_decay.${i}`] = weightDecay[i]!;
      }
      return inputs;
    },
    async train(inputs, layout) {
      const outputs = await run(inputs);
      const correct = all.map((i) => scalarOf(outputs[`correct.${i}`]!) / layout.looks);
      return { loss: all.map((i) => scalarOf(outputs[`loss.${i}`]!)), correct };
    },
    async probabilities(features, layout) {
      const outputs = await run({ 'features.0.0': input(features, layout) });
      return all.map((i) => {
        const { data } = outputs[`probabilities.${i}`]!;
        return meanOverLooks(data as Float32Array, probe.numClasses, layout.looks);
      });
    },
    async parameters(index) {
      const names = [...probeParameterShapes(probe).keys()];
      const state = await run.readState(names.map((name) => `probe.${index}.${name}`));
      return Object.fromEntries(names.map((name) => [name, state[`probe.${index}.${name}`]])) as ProbeParameters;
    },
    readState: () => run.readState(saved),
    writeState: (state) => run.writeState(state),
    dispose: () => run.dispose(),
  };
}
