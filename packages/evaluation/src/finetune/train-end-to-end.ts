import type { ClassificationResult } from '@vjepa/benchmarks';
import { compileNotice, type Engine, inputsAhead } from '@vjepa/engine';
import { learningRateSchedule } from '@vjepa/optim';
import {
  appendText,
  type BeginTask,
  InputError,
  type Observers,
  OVERWRITE,
  option,
  type ResultsFolder,
  type RunLog,
  savePace,
  sentence,
} from '@vjepa/training';
import { type SampleRequest, sampleOrder } from '@vjepa/video';
import { recipeLoader } from '../evaluate/clip-recipe.js';
import { startRows } from '../evaluate/evaluation-folder.js';
import type { LabelledSet } from '../evaluate/labelled-set.js';
import { inBatches } from '../evaluate/sample-plan.js';
import { trainEpochs } from '../train-epochs.js';
import type { TrainingObserver } from '../training-observer.js';
import { type LossPosition, resumedLine, resumeState, saveState } from '../training-state.js';
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
  const resumed = options.resume ? await resumeState(files.state, runner) : undefined;
  const done = resumed?.position.epochs ?? 0;
  startRows(files.csv, 'epoch,train-loss,val-acc', done);
  if (resumed) log(resumedLine(resumed.position));
  log(
    `fine-tuning on ${train.entries.length} videos of ${train.source}: ` +
      `${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize} x ${copies} clips`,
  );
  const compiling = compileNotice(engine, 'the training step', plan.encoder.depth);
  if (compiling !== undefined && done < epochs) log(compiling);

  const { loading, recipes } = plan;
  const loader = recipeLoader(loading, seed, train.entries, recipes.training, 'replace');
  const pace = savePace();
  let trainLoss = resumed?.trainLoss ?? Number.NaN;
  let last: ClassificationResult | undefined;
  let saved = done;
  const beginning = (epoch: number): LossPosition => ({ epochs: epoch, steps: 0, loss: 0 });
  await observers.notify('start', { folder: options.folder, epochs, done, classifiers: 1, lowShot: null });
  try {
    await trainEpochs<LossPosition>({
      ...{ epochs, beginning, signal },
      from: resumed?.position,
      async *steps({ epochs: epoch, steps, loss }) {
        const requests = epochPlan(train.entries.length, { batchSize, copies, seed }, epoch).slice(
          steps,
          stepsPerEpoch,
        );
        const progress = begin({ title: `epoch ${epoch + 1} of ${epochs}`, total: stepsPerEpoch, unit: 'steps' });
        if (steps > 0) progress.advance(false, steps);
        const updates = async function* () {
          let step = epoch * stepsPerEpoch + steps;
          for await (const batch of loader.batches(requests)) {
            step += 1;
            const clips = { shape: batch.shape, data: batch.clips };
            yield { batch, step, inputs: runner.trainingInputs(clips, batch.labels, step, learningRate(step)) };
          }
        };
        try {
          for await (const { batch, step, inputs } of inputsAhead(runner, updates())) {
            for (const { reason, replacedBy } of batch.failures)
              log(`replaced in training: ${reason}; by ${replacedBy}`);
            const outputs = await runner.train(inputs);
            batch.release();
            steps += 1;
            if (!Number.isFinite(outputs.loss)) throw divergence(step, outputs.loss, saved);
            loss += outputs.loss;
            progress.advance();
            yield { epochs: epoch, steps, loss };
          }
        } finally {
          progress.close();
        }
      },
      async onEpoch({ epochs: before, loss }) {
        const epoch = before + 1;
        const isLast = epoch === epochs;
        const result = isLast || epoch % validateEvery === 0 ? await options.validate() : undefined;
        trainLoss = loss / stepsPerEpoch;
        appendText(files.csv, `${epoch},${trainLoss.toFixed(5)},${result?.top1.toFixed(5) ?? ''}\n`);
        const validation = result === undefined ? '' : `  validation top-1 ${result.top1.toFixed(2)}`;
        log(`epoch ${epoch}/${epochs}  loss ${trainLoss.toFixed(4)}${validation}`);
        if (isLast) last = result;
        if (isLast || pace.isDue()) {
          await pace.save(() => saveState(files.state, runner, { position: beginning(epoch), trainLoss }));
          saved = epoch;
        }
        await observers.notify('epoch', { epoch, trainLoss: [trainLoss], validation: result && [result.top1] });
      },
      onInterrupted: (position) => saveState(files.state, runner, { position, trainLoss }),
    });
    return { trainLoss, last };
  } finally {
    await loader.close();
    await observers.notify('end');
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

function divergence(step: number, loss: number, savedEpoch: number): InputError {
  const saved = savedEpoch > 0 ? `the state after epoch ${savedEpoch} is kept` : 'nothing was saved before';
  const [rate, norm] = [option('training.learningRate'), option('training.clipNorm')];
  return new InputError({
    subject: `step ${step}`,
    problem: `the loss is ${loss}: the training has diverged and is stopped; ${saved}`,
    remedy: sentence`Start again with ${OVERWRITE} and a lower ${rate}, or clip the gradients (${norm})`,
    code: 'diverged',
  });
}
