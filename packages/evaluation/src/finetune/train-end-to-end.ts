import type { ClassificationResult } from '@vjepa/benchmarks';
import { compileNotice, type Engine, inputsAhead } from '@vjepa/engine';
import { learningRateSchedule } from '@vjepa/optim';
import {
  type BeginTask,
  type Observers,
  OVERWRITE,
  option,
  type ResultsFolder,
  type RunLog,
  sentence,
} from '@vjepa/training';
import { type SampleRequest, sampleOrder } from '@vjepa/video';
import { recipeLoader } from '../evaluate/clip-recipe.js';
import type { LabelledSet } from '../evaluate/labelled-set.js';
import { inBatches } from '../evaluate/sample-plan.js';
import { trainByLoss } from '../train-by-loss.js';
import type { TrainingObserver } from '../training-observer.js';
import type { FineTuningFiles } from './fine-tuning-files.js';
import type { FineTuningPlan, FineTuningTraining } from './fine-tuning-plan.js';
import type { FineTuningRunner } from './fine-tuning-runner.js';

export interface EndToEndTraining {
  plan: FineTuningPlan;
  engine: Engine;
  runner: FineTuningRunner;
  train: LabelledSet;
  files: FineTuningFiles;
  /** Whether it goes on with the state that was saved. */
  resume: boolean;
  /** Asks the model about the validation set. */
  validate(): Promise<ClassificationResult>;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  folder: ResultsFolder;
  begin: BeginTask;
  signal?: AbortSignal | undefined;
}

/**
 * Trains encoder and classifier for the plan's epochs, or for those that are left.
 *
 * @returns mean loss of the last epoch, and its validation where that was done here
 * @throws InputError when the loss is no number any more
 */
export async function trainEndToEnd(
  options: EndToEndTraining,
): Promise<{ trainLoss: number; last: ClassificationResult | undefined }> {
  const { plan, engine, runner, train, files, log, observers, begin, signal } = options;
  const { training, seed, validateEvery } = plan;
  const { epochs, batchSize, repeatedSampling: copies } = training;
  const stepsPerEpoch = Math.max(1, Math.floor(train.entries.length / batchSize));
  const learningRate = rateSchedule(training, stepsPerEpoch);
  const { loading, recipes } = plan;
  const loader = recipeLoader(loading, seed, train.entries, recipes.training, 'replace');
  const [rate, norm] = [option('training.learningRate'), option('training.clipNorm')];
  let last: ClassificationResult | undefined;
  try {
    const trainLoss = await trainByLoss({
      ...{ epochs, stepsPerEpoch, model: runner, files, log, observers, begin, signal },
      ...{ resume: options.resume, folder: options.folder },
      description:
        `fine-tuning on ${train.entries.length} videos of ${train.source}: ` +
        `${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize} x ${copies} clips`,
      compiling: compileNotice(engine, 'the training step', plan.encoder.depth),
      remedy: sentence`Start again with ${OVERWRITE} and a lower ${rate}, or clip the gradients (${norm})`,
      async *steps(epoch, first) {
        const requests = epochPlan(train.entries.length, { batchSize, copies, seed }, epoch).slice(
          first,
          stepsPerEpoch,
        );
        const updates = async function* () {
          let step = epoch * stepsPerEpoch + first;
          for await (const batch of loader.batches(requests)) {
            step += 1;
            const clips = { shape: batch.shape, data: batch.clips };
            yield { batch, inputs: runner.trainingInputs(clips, batch.labels, step, learningRate(step)) };
          }
        };
        for await (const { batch, inputs } of inputsAhead(runner, updates())) {
          for (const { reason, replacedBy } of batch.failures) log(`replaced in training: ${reason}; by ${replacedBy}`);
          const { loss } = await runner.train(inputs);
          batch.release();
          yield loss;
        }
      },
      async validate(epoch) {
        if (epoch !== epochs && epoch % validateEvery !== 0) return undefined;
        const result = await options.validate();
        if (epoch === epochs) last = result;
        return result.top1;
      },
    });
    return { trainLoss, last };
  } finally {
    await loader.close();
  }
}

/**
 * The steps of an epoch: videos in a new order, each `copies` times with draws of its own. The last step may be short.
 */
export function epochPlan(
  videos: number,
  { batchSize, copies, seed }: { batchSize: number; copies: number; seed: number },
  epoch: number,
): SampleRequest[][] {
  const order = sampleOrder({ length: videos, epoch, seed });
  return inBatches([...order], batchSize).map((places, step) =>
    places.flatMap((index, i) =>
      Array.from({ length: copies }, (_, copy) => ({
        index,
        epoch,
        draw: (step * batchSize + i) * copies + copy,
      })),
    ),
  );
}

/** Linear warm-up, then a half cosine. */
function rateSchedule(training: FineTuningTraining, stepsPerEpoch: number): (step: number) => number {
  const {
    startLearningRate: start,
    learningRate: reference,
    finalLearningRate: final,
    warmupEpochs,
    epochs,
  } = training;
  const lengths = { warmupSteps: Math.trunc(warmupEpochs * stepsPerEpoch), horizon: epochs * stepsPerEpoch };
  return learningRateSchedule({ start, reference, final }, lengths);
}
