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
  type FeatureLayout,
  initialGradients,
  initializeProbe,
  initialProbeState,
  labelsOfLooks,
  meanOverLooks,
  type ProbeConfig,
  type ProbeEvaluationOutputs,
  type ProbeLooks,
  type ProbeState,
  type ProbeStepConfig,
  type ProbeTrainingInputs,
  type ProbeTrainingOutputs,
  probeEvaluationStep,
  probeTrainingStep,
} from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { type AnsweredTask, labelsOfTasks } from './answered-task.js';
import { blocksOnTokens, type FeatureBatch, probeBatch } from './feature-source.js';

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
  ): FeedTree<ProbeTrainingInputs>;
  /** See `StepRunner`. */
  readonly stage?: StepRunner<ProbeState, ProbeTrainingInputs, ProbeTrainingOutputs>['stage'];
  /**
   * Trains on what `trainingInputs` made.
   *
   * @returns loss and number of correct answers of each probe on these samples
   */
  train(
    inputs: FeedTree<ProbeTrainingInputs> | StagedInputs,
    layout: FeatureLayout,
  ): Promise<{ loss: number[]; correct: number[] }>;
  /** For each probe [B, classes]: softmax, or sigmoid of tasks, averaged over the looks at each sample. */
  probabilities(features: Float32Array, layout: FeatureLayout): Promise<Float64Array[]>;
  parameters(probe: number): Promise<ProbeParameters>;
  /** Parameters and AdamW's moments of all probes, by their names in a file. */
  readState(): Promise<Record<string, HostTensor>>;
  writeState(state: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}

/** A fresh probe, drawn from the seed. */
export function freshProbe(probe: ProbeConfig, seed: number): ProbeParameters {
  return initializeProbe(probe, mersenneTwister(seed));
}

/** How the probes of a runner are trained. */
export interface ProbeRunnerOptions extends Pick<ProbeStepConfig, 'decayed' | 'focalLoss'> {
  /** Whether batches come in parts, whose gradients add up. Default false. */
  accumulate?: boolean | undefined;
  /** What is asked of each sample, for probes with tasks. */
  tasks?: readonly AnsweredTask[] | undefined;
  /** Looks that pass the probes together where they are asked. Default: by their size. */
  looksTogether?: number | undefined;
}

/**
 * Binds `count` probes that start equal to an engine. Training and answering are one step function, told apart by
 * whether labels come, so that both share the state.
 */
export function probeRunner(
  engine: Engine,
  probe: ProbeConfig,
  count: number,
  initial: ProbeParameters,
  { accumulate = false, decayed, focalLoss, tasks, looksTogether }: ProbeRunnerOptions = {},
): ProbeRunner {
  // Blocks on all tokens would keep many times what all probes share.
  const recompute = blocksOnTokens(probe) > 0 ? 'block' : undefined;
  const [train, evaluate] = [
    probeTrainingStep({ probe, decayed, focalLoss, recompute }),
    probeEvaluationStep({ probe }),
  ];
  const step: StepFunction<
    ProbeState,
    ProbeTrainingInputs | ProbeLooks,
    ProbeTrainingOutputs | ProbeEvaluationOutputs
  > = (state, inputs) => ('labels' in inputs ? train(state, inputs) : evaluate(state, inputs));
  const all = Array.from({ length: count }, (_, i) => i);
  const stateOf = (parameters: ProbeParameters) => {
    const state = initialProbeState(all.map(() => parameters));
    return accumulate ? { ...state, ...initialGradients(state) } : state;
  };
  /** Sums of gradients begin anew. */
  const saved = ['probe', 'expAvg', 'expAvgSq'] as const;
  const outline = outlineOf(initialProbeState(all.map(() => initial)));
  const run = engine.bind(step, stateOf(initial));
  const input = (features: Float32Array, { tokens, width }: FeatureLayout) => {
    const rows = features.length / (tokens * width);
    return { shape: [rows, tokens, width], data: features };
  };

  /** Looks in parts that fit, where one sample's together would be too many. */
  function* rowsTogether(features: Float32Array, layout: FeatureLayout): Generator<Float32Array> {
    const { tokens, width } = layout;
    const rows = features.length / (tokens * width);
    const together = looksTogether ?? probeBatch({ tokens, width, looks: 1 }, rows, undefined, { probe, count });
    const length = together * tokens * width;
    for (let start = 0; start < features.length; start += length) yield features.subarray(start, start + length);
  }

  const labelsOf = (labels: Int32Array, { looks }: FeatureLayout) => {
    const data = labelsOfLooks(labels, looks);
    if (tasks === undefined) return { shape: [data.length], data };
    return { shape: [data.length, tasks.length], data: labelsOfTasks(tasks, data) };
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
      return {
        features: [[input(features, layout)]],
        labels: labelsOf(labels, layout),
        ...(accumulate && { share: part.share }),
        ...(part.last && { learningRate: [...learningRate], weightDecay: [...weightDecay], step: t, clipNorm }),
      };
    },
    async train(inputs, layout) {
      // Given labels, it trains.
      const { loss, correct } = (await run(inputs)) as HostTree<ProbeTrainingOutputs>;
      return { loss: loss.map(scalarOf), correct: correct.map((count) => scalarOf(count) / layout.looks) };
    },
    async probabilities(features, layout) {
      const answers = all.map(() => [] as number[]);
      for (const rows of rowsTogether(features, layout)) {
        const outputs = await run({ features: [[input(rows, layout)]] });
        const { probabilities, logits } = outputs as HostTree<ProbeEvaluationOutputs>;
        for (const i of all) {
          const own = logits ? sigmoids(logits[i]!.data as Float32Array) : (probabilities[i]!.data as Float32Array);
          for (const value of own) answers[i]!.push(value);
        }
      }
      return answers.map((own) => meanOverLooks(own, probe.numClasses, layout.looks));
    },
    async parameters(index) {
      const { probe: probes } = await run.readState(['probe']);
      return probes[index] as ProbeParameters;
    },
    readState: async () => flatten(await run.readState(saved)),
    writeState: (state) => run.writeState(fill(outline, (name) => state[name]) as HostTree<ProbeState>),
    dispose: () => run.dispose(),
  };
}

/** In double precision, where sure answers are told apart whose sigmoids are all 1 in single precision. */
function sigmoids(logits: ArrayLike<number>): Float64Array {
  return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}
