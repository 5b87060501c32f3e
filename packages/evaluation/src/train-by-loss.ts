import type { FlatRunner } from '@vjepa/engine';
import {
  appendText,
  type BeginTask,
  InputError,
  noProgress,
  type Observers,
  type ResultsFolder,
  type RunLog,
  type Sentence,
  savePace,
} from '@vjepa/training';
import { startRows } from './evaluate/evaluation-folder.js';
import { trainEpochs } from './train-epochs.js';
import type { TrainingObserver } from './training-observer.js';
import { type LossPosition, resumedLine, resumeState, saveState } from './training-state.js';

/** A training in epochs, of which a loss is told and, where there is one, a validation's accuracy. */
export interface LossTraining {
  epochs: number;
  stepsPerEpoch: number;
  /** What is trained, as it is saved and gone on with. */
  model: Pick<FlatRunner, 'readState' | 'writeState'>;
  /** Does an epoch's steps from `first` on, one after the other, and gives the loss of each. */
  steps(epoch: number, first: number): AsyncIterable<number>;
  files: { csv: string; state: string };
  /** Whether it goes on with the state that was saved. */
  resume: boolean;
  /** What is trained on what, for the log. */
  description: string;
  /** What takes a while before the first step, for the log: see `compileNotice` of @vjepa/engine. */
  compiling?: string | undefined;
  /**
   * Awaited after each epoch, counted from 1, before the state is saved: top-1 accuracy in percent; undefined where it is not asked
   * for. The CSV has a column for it where this is given.
   */
  validate?: ((epoch: number) => Promise<number | undefined>) | undefined;
  /** What helps where the loss is no number any more. */
  remedy: Sentence;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  folder: ResultsFolder;
  signal?: AbortSignal | undefined;
  /** Opens a bar for each epoch. Default: none. */
  begin?: BeginTask | undefined;
}

/**
 * Trains for all epochs, or for those that are left, with a row of the CSV for each; can be stopped after any step.
 *
 * @returns mean loss of the last epoch
 * @throws InputError when the loss is no number any more
 */
export async function trainByLoss(training: LossTraining): Promise<number> {
  const { epochs, stepsPerEpoch, model, files, log, observers, signal, compiling, begin = noProgress } = training;
  const resumed = training.resume ? await resumeState(files.state, model) : undefined;
  const done = resumed?.position.epochs ?? 0;
  startRows(files.csv, training.validate ? 'epoch,train-loss,val-acc' : 'epoch,train-loss', done);
  if (resumed) log(resumedLine(resumed.position));
  log(training.description);
  if (compiling !== undefined && done < epochs) log(compiling);
  const pace = savePace();
  let saved = done;
  let trainLoss = resumed?.trainLoss ?? Number.NaN;
  const beginning = (epoch: number): LossPosition => ({ epochs: epoch, steps: 0, loss: 0 });
  await observers.notify('start', { folder: training.folder, epochs, done, classifiers: 1, lowShot: null });
  const trained = trainEpochs<LossPosition>({
    ...{ epochs, beginning, signal },
    from: resumed?.position,
    async *steps({ epochs: epoch, steps, loss }) {
      const progress = begin({ title: `epoch ${epoch + 1} of ${epochs}`, total: stepsPerEpoch, unit: 'steps' });
      if (steps > 0) progress.advance(false, steps);
      try {
        for await (const stepLoss of training.steps(epoch, steps)) {
          steps += 1;
          if (!Number.isFinite(stepLoss)) {
            throw divergence(epoch * stepsPerEpoch + steps, stepLoss, saved, training.remedy);
          }
          loss += stepLoss;
          progress.advance();
          yield { epochs: epoch, steps, loss };
        }
      } finally {
        progress.close();
      }
    },
    async onEpoch({ epochs: before, loss }) {
      const epoch = before + 1;
      const accuracy = await training.validate?.(epoch);
      trainLoss = loss / stepsPerEpoch;
      const column = training.validate ? `,${accuracy?.toFixed(5) ?? ''}` : '';
      appendText(files.csv, `${epoch},${trainLoss.toFixed(5)}${column}\n`);
      const validation = accuracy === undefined ? '' : `  validation top-1 ${accuracy.toFixed(2)}`;
      log(`epoch ${epoch}/${epochs}  loss ${trainLoss.toFixed(5)}${validation}`);
      if (epoch === epochs || pace.isDue()) {
        await pace.save(() => saveState(files.state, model, { position: beginning(epoch), trainLoss }));
        saved = epoch;
      }
      const told = accuracy === undefined ? {} : { validation: [accuracy] };
      await observers.notify('epoch', { epoch, trainLoss: [trainLoss], ...told });
    },
    onInterrupted: (position) => saveState(files.state, model, { position, trainLoss }),
  });
  await trained.finally(() => observers.notify('end'));
  return trainLoss;
}

function divergence(step: number, loss: number, savedEpoch: number, remedy: Sentence): InputError {
  const saved = savedEpoch > 0 ? `the state after epoch ${savedEpoch} is kept` : 'nothing was saved before';
  const problem = `the loss is ${loss}: the training has diverged and is stopped; ${saved}`;
  return new InputError({ subject: `step ${step}`, problem, remedy, code: 'diverged' });
}
