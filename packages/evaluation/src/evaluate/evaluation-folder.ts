import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendText, makeFolder, type ResultsFolder, writeFileAtomically } from '@vjepa/training';
import type { Candidate } from './candidates.js';
import type { LowShotDraw } from './low-shot-draws.js';
import type { EpochSummary } from './train-probes.js';

const LOW_SHOT_FOLDER = /^low-shot-[\d.e-]+-seed--?\d+$/;

/** The files of one training in it: of all the data in the folder itself, of a low-shot draw in one of its own. */
export function trainingFiles(folder: ResultsFolder, tag: string, lowShot: LowShotDraw) {
  const path = lowShot === null ? folder.path : join(folder.path, `low-shot-${lowShot.fraction}-seed-${lowShot.seed}`);
  makeFolder(path);
  return filesIn(path, tag);
}

function filesIn(path: string, tag: string) {
  return {
    /** Without its ending. */
    probe: join(path, `${tag}-latest`),
    csv: join(path, `${tag}_r0.csv`),
    state: join(path, 'training-state.safetensors'),
  };
}

/** What trainings leave in a folder: probes, states, and the folders of low-shot draws. */
export function evaluationWork(path: string, tag: string): string[] {
  const { probe, state } = filesIn(path, tag);
  const draws = existsSync(path) ? readdirSync(path).filter((name) => LOW_SHOT_FOLDER.test(name)) : [];
  return [`${probe}.pth.tar`, `${probe}.safetensors`, state, ...draws.map((name) => join(path, name))];
}

/**
 * Starts the log that the reference keeps: epoch and top-1 in training and in validation, in percent. (The reference
 * has the same columns under the header `epoch,loss,acc`.) Of an anticipation it is the recall of its actions. With several probes each has a row.
 */
export function startCsv(
  path: string,
  candidates: readonly Candidate[],
  done: number,
  validation: 'val-acc' | 'val-recall' = 'val-acc',
): void {
  startRows(path, `epoch,${candidates.length > 1 ? 'lr,weight-decay,' : ''}train-acc,${validation}`, done);
}

/** Begins a CSV log of epochs, or cuts off the epochs after `done`, which a resumed training is about to repeat. */
export function startRows(path: string, header: string, done: number): void {
  const rows = done > 0 && existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(1) : [];
  const kept = rows.filter((row) => row !== '' && Number(row.split(',')[0]) <= done);
  writeFileAtomically(path, [header, ...kept].map((row) => `${row}\n`).join(''));
}

/** The rows of an epoch; `validation` is empty for an epoch without one. */
export function appendCsv(
  path: string,
  candidates: readonly Candidate[],
  { epoch, top1 }: EpochSummary,
  validation: readonly (number | undefined)[],
): void {
  const rows = candidates.map(({ learningRate, weightDecay }, i) => {
    const pair = candidates.length > 1 ? [learningRate, weightDecay] : [];
    return [epoch, ...pair, top1[i]!.toFixed(5), validation[i]?.toFixed(5) ?? ''].join(',');
  });
  appendText(path, `${rows.join('\n')}\n`);
}
