import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import type { Candidate } from './candidates.js';
import type { EpochSummary } from './train-probes.js';

/** Where everything of one evaluation lives. */
export interface EvaluationFolder {
  path: string;
  config: string;
  console: string;
  environment: string;
  /** Every number, confusion matrices and results per class included. */
  results: string;
}

/** `--run`, or the reference's place: beside the pretrained model, by the evaluation's name and tag. */
export function evaluationFolder(config: EvaluationConfig, run: string | undefined): EvaluationFolder {
  const path = run ?? join(config.pretrain.folder, config.eval_name, ...(config.tag === null ? [] : [config.tag]));
  return {
    path,
    config: join(path, 'config.yaml'),
    console: join(path, 'console.log'),
    environment: join(path, 'environment.json'),
    results: join(path, 'results.json'),
  };
}

/** The files of one training in it: of all the data in the folder itself, of a low-shot draw in one of its own. */
export function trainingFiles(
  folder: EvaluationFolder,
  config: EvaluationConfig,
  lowShot: { fraction: number; seed: number } | null,
) {
  const path = lowShot === null ? folder.path : join(folder.path, `low-shot-${lowShot.fraction}-seed-${lowShot.seed}`);
  const tag = config.pretrain.write_tag;
  mkdirSync(path, { recursive: true });
  return {
    /** Without its ending. */
    probe: join(path, `${tag}-latest`),
    csv: join(path, `${tag}_r0.csv`),
    state: join(path, 'training-state.safetensors'),
  };
}

/**
 * Starts the log that the reference keeps: epoch and top-1 in training and in validation, in percent. (The reference
 * has the same columns under the header `epoch,loss,acc`.) With several probes each has a row.
 */
export function startCsv(path: string, candidates: readonly Candidate[], done: number): void {
  if (done > 0 && existsSync(path)) return;
  writeFileSync(
    path,
    `${candidates.length > 1 ? 'epoch,lr,weight-decay,train-acc,val-acc' : 'epoch,train-acc,val-acc'}\n`,
  );
}

/** The rows of an epoch; `validation` is empty for an epoch without one. */
export function appendCsv(
  path: string,
  candidates: readonly Candidate[],
  { epoch, top1 }: EpochSummary,
  validation: readonly number[],
): void {
  const rows = candidates.map(({ learningRate, weightDecay }, i) => {
    const pair = candidates.length > 1 ? [learningRate, weightDecay] : [];
    return [epoch, ...pair, top1[i]!.toFixed(5), validation[i]?.toFixed(5) ?? ''].join(',');
  });
  appendFileSync(path, `${rows.join('\n')}\n`);
}
