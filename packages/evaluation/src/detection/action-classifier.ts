import type { AvaKeyFrame } from '@vjepa/benchmarks';
import { type Engine, type StepRunner, scalarOf } from '@vjepa/engine';
import { initialMoments, learningRateSchedule } from '@vjepa/optim';
import { mersenneTwister } from '@vjepa/random';
import { type Observers, option, type ResultsFolder, type RunLog, sentence } from '@vjepa/training';
import { sampleOrder } from '@vjepa/video';
import { trainByLoss } from '../train-by-loss.js';
import type { TrainingObserver } from '../training-observer.js';
import type { BoxFeatures } from './box-features.js';
import type { DetectionPlan } from './detection-plan.js';
import {
  type MultiLabelInputs,
  type MultiLabelOutputs,
  type MultiLabelState,
  multiLabelStep,
} from './multi-label-step.js';

/** A person to learn from. */
export interface Example {
  /** [W] */
  features: Float32Array;
  /** Ids of what the person does. */
  actions: readonly number[];
}

/** The people of the key frames whose films could be read, each with its features. */
export function examplesOf(keyFrames: readonly AvaKeyFrame[], { byVideo }: BoxFeatures, width: number): Example[] {
  const rows = new Map<string, number>();
  return keyFrames.flatMap(({ video, people }) => {
    const features = byVideo.get(video);
    if (!features) return [];
    const first = rows.get(video) ?? 0;
    rows.set(video, first + people.length);
    return people.map(({ actions }, i) => ({
      features: features.subarray((first + i) * width, (first + i + 1) * width),
      actions,
    }));
  });
}

/** A linear classifier of independent actions on an engine. */
export type ActionClassifier = StepRunner<MultiLabelState, MultiLabelInputs, MultiLabelOutputs>;

/** A linear classifier of independent actions, fresh from the seed; uniform in +-1 / sqrt(W) as a PyTorch layer is. */
export function bindClassifier(engine: Engine, width: number, classes: number, seed: number): ActionClassifier {
  const random = mersenneTwister(seed);
  const bound = 1 / Math.sqrt(width);
  const uniform = (shape: number[]) => ({
    shape,
    data: Float32Array.from(
      { length: shape.reduce((product, length) => product * length, 1) },
      () => bound * ((2 * random.nextUint32()) / 2 ** 32 - 1),
    ),
  });
  const parameters = { linear: { weight: uniform([classes, width]), bias: uniform([classes]) } };
  return engine.bind(multiLabelStep, { ...parameters, ...initialMoments(parameters) });
}

export interface ClassifierTraining {
  plan: DetectionPlan;
  classifier: ActionClassifier;
  examples: readonly Example[];
  /** Ids of the actions, in the order of the classifier's answers. */
  ids: readonly number[];
  /** Of a person's features. */
  width: number;
  files: { csv: string; state: string };
  /** Whether it goes on with the state that was saved. */
  resume: boolean;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  folder: ResultsFolder;
  signal?: AbortSignal | undefined;
}

/**
 * Trains the classifier for the plan's epochs, or for those that are left.
 *
 * @throws InputError when the loss is no number any more
 */
export async function trainClassifier(options: ClassifierTraining): Promise<void> {
  const { plan, classifier, examples, ids, width, files, log, observers, signal } = options;
  const { epochs, weightDecay, warmupEpochs } = plan.training;
  const { startLearningRate: start, learningRate: reference, finalLearningRate: final } = plan.training;
  const batchSize = Math.min(plan.training.batchSize, examples.length);
  const stepsPerEpoch = Math.max(1, Math.floor(examples.length / batchSize));
  const lengths = { warmupSteps: Math.trunc(warmupEpochs * stepsPerEpoch), horizon: epochs * stepsPerEpoch };
  const learningRate = learningRateSchedule({ start, reference, final }, lengths);
  const batchOf = batches(examples, ids, width, batchSize);
  await trainByLoss({
    ...{ epochs, stepsPerEpoch, files, log, observers, signal },
    model: classifier.flat,
    resume: options.resume,
    folder: options.folder,
    description: `training on ${examples.length} people: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize}`,
    remedy: sentence`lower ${option('training.learningRate')}, and see that the features are numbers`,
    async *steps(epoch, first) {
      const order = sampleOrder({ length: examples.length, epoch, seed: plan.seed });
      for (let i = first; i < stepsPerEpoch; i++) {
        const batch = batchOf(order.subarray(i * batchSize, (i + 1) * batchSize));
        const step = epoch * stepsPerEpoch + i + 1;
        const outputs = await classifier({ ...batch, learningRate: learningRate(step), weightDecay, step });
        yield scalarOf(outputs.loss!);
      }
    },
  });
}

/** Puts the examples at some places together: features [B, W], and targets [B, C] of zeros and ones. */
function batches(examples: readonly Example[], ids: readonly number[], width: number, batchSize: number) {
  const column = new Map(ids.map((id, i) => [id, i]));
  return (places: Int32Array) => {
    const targets = new Float32Array(batchSize * ids.length);
    const features = new Float32Array(batchSize * width);
    for (const [b, at] of places.entries()) {
      const example = examples[at]!;
      features.set(example.features, b * width);
      for (const action of example.actions) {
        const place = column.get(action);
        if (place !== undefined) targets[b * ids.length + place] = 1;
      }
    }
    return {
      features: { shape: [batchSize, width], data: features },
      targets: { shape: [batchSize, ids.length], data: targets },
    };
  };
}

const ROWS_AT_ONCE = 256;

/** [rows, W] -> logits [rows, C], in batches of one size, the last one filled up. */
export async function classify(
  classifier: ActionClassifier,
  features: Float32Array,
  width: number,
  classes: number,
): Promise<Float32Array> {
  const rows = features.length / width;
  const logits = new Float32Array(rows * classes);
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    const data = new Float32Array(ROWS_AT_ONCE * width);
    const count = Math.min(ROWS_AT_ONCE, rows - start);
    data.set(features.subarray(start * width, (start + count) * width));
    const outputs = await classifier({ features: { shape: [ROWS_AT_ONCE, width], data } });
    const answers = outputs.logits!.data as Float32Array;
    logits.set(answers.subarray(0, count * classes), start * classes);
  }
  return logits;
}
