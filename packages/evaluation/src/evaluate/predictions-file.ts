import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { option, requireWritable, sentence } from '@vjepa/training';
import type { Prediction } from './measure-accuracy.js';

/** One line of a predictions file. */
export interface PredictionRecord {
  path: string;
  /** Where the sample has one. */
  label?: number;
  prediction: number;
  /** Names, where the classes have some. */
  label_name?: string;
  prediction_name?: string;
  probabilities: number[];
}

/** What a prediction says, names included. */
function predictionRecord({ path, label, probabilities }: Prediction, names?: readonly string[]): PredictionRecord {
  const prediction = probabilities.indexOf(Math.max(...probabilities));
  return {
    path,
    ...(label < 0 ? {} : { label }),
    prediction,
    ...(names && label >= 0 ? { label_name: names[label]! } : {}),
    ...(names ? { prediction_name: names[prediction]! } : {}),
    probabilities: [...probabilities],
  };
}

/** What to do where the file cannot be written. */
export const PREDICTIONS_REMEDY = sentence`name another with ${option('predictions')}`;

/** Writes predictions as JSON lines; the file has its name once it is whole. */
export function openPredictionsFile(path: string, names?: readonly string[], remedy = PREDICTIONS_REMEDY) {
  const partial = `${path}.${process.pid}.partial`;
  requireWritable(path, remedy);
  const file = openSync(partial, 'w');
  let open = true;
  const close = () => {
    if (open) closeSync(file);
    open = false;
  };
  return {
    add(prediction: Prediction) {
      writeSync(file, `${JSON.stringify(predictionRecord(prediction, names))}\n`);
    },
    finish() {
      close();
      renameSync(partial, path);
    },
    /** Leaves nothing behind of a file that was not finished. */
    [Symbol.dispose]() {
      if (!open) return;
      close();
      rmSync(partial, { force: true });
    },
  };
}
