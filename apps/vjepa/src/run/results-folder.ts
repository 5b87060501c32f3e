import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError } from '../command-error.js';
import { filledInConfig } from '../config/filled-in-config.js';
import { readConfigTree } from '../config/load-config.js';
import { writeFileAtomically } from './atomic-file.js';
import { type Experiment, requireSameExperiment, writeExperiment } from './experiment.js';
import { type FolderLock, lockFolder, requireUnlocked } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { requireOwnFiles } from './own-files.js';
import type { ExistingRun } from './run-folder.js';

/** Where everything of one evaluation or fine-tuning lives. */
export interface ResultsFolder {
  path: string;
  /** The resolved config, as YAML. */
  config: string;
  /** What the numbers depend on; compared when it is resumed. */
  experiment: string;
  console: string;
  environment: string;
  /** Every number, confusion matrices and results per class included. */
  results: string;
}

/** A config that says where its results go. */
export interface ResultsConfig {
  eval_name: string;
  tag: string | null;
  pretrain: { folder: string };
}

/** `run`, or the reference's place: beside the pretrained model, by the evaluation's name and tag. */
export function resultsFolder({ eval_name, tag, pretrain }: ResultsConfig, run: string | undefined): ResultsFolder {
  const path = run ?? join(pretrain.folder, eval_name, ...(tag === null ? [] : [tag]));
  return {
    path,
    config: join(path, 'config.yaml'),
    experiment: join(path, 'experiment.json'),
    console: join(path, 'console.log'),
    environment: join(path, 'environment.json'),
    results: join(path, 'results.json'),
  };
}

export interface ResultsClaim {
  folder: ResultsFolder;
  /** `eval_name` of the config. */
  kind: string;
  /** What would be lost if it were written anew, besides the results: states, trained models. */
  work: readonly string[];
  existing: ExistingRun;
  say: (line: string) => void;
}

const REMEDY = 'choose another folder with --output';

/**
 * Checks, before any work, that results may go into a folder. Creates and removes nothing. A folder of a start that
 * failed before there was anything to lose counts as free.
 *
 * @throws CommandError when somebody works there; when it holds results and neither resuming nor overwriting was asked
 *   for; when it holds another kind of run or files of somebody else's; when there is nothing to resume
 */
export async function checkResultsFolder({ folder, kind, work, existing, say }: ResultsClaim): Promise<void> {
  await requireUnlocked(folder.path, say);
  const { path } = folder;
  const found = kindOf(folder);
  if (found !== undefined && found !== kind) {
    throw new CommandError(`${path}: holds a run of another kind (${found}), which this would overwrite; ${REMEDY}`);
  }
  if (existing === 'resume') {
    if (found !== undefined) return requireOwnFiles(path, [...Object.values(folder).slice(1), ...work]);
    throw new CommandError(
      `${path}: there is nothing to resume: config.yaml is missing. Start without --resume, or ${REMEDY}`,
    );
  }
  const there = [...(found === undefined ? Object.values(folder).slice(1) : [folder.results]), ...work].filter((file) =>
    existsSync(file),
  );
  if (there.length === 0) return;
  if (found === undefined) {
    const names = there.map((file) => basename(file)).join(', ');
    throw new CommandError(
      `${path}: holds ${names}, which is no result of ${kind} and would be overwritten; ${REMEDY}`,
    );
  }
  if (existing === 'refuse') {
    throw new CommandError(
      `${path}: holds an earlier ${kind}. Go on with it with --resume, start again with --overwrite, or ${REMEDY}`,
    );
  }
}

/**
 * Makes the folder this process's own and writes what it will hold. Of an earlier run, `overwrite` removes the results
 * and the work, and nothing else.
 *
 * @throws CommandError as `checkResultsFolder` does, and naming every difference when another experiment is to be resumed
 */
export async function claimResultsFolder(claim: ResultsClaim & { experiment: Experiment }): Promise<FolderLock> {
  const { folder, kind, work, existing, experiment, say } = claim;
  makeFolder(folder.path, REMEDY);
  // Somebody may have come since the first look.
  await checkResultsFolder(claim);
  const lock = await lockFolder(folder.path, { purpose: kind, say, remedy: REMEDY });
  try {
    if (existing === 'resume' && [folder.results, ...work].some((file) => existsSync(file))) {
      requireSameExperiment(folder.experiment, experiment);
    }
    if (existing === 'overwrite') {
      for (const path of [...Object.values(folder).slice(1), ...work]) rmSync(path, { recursive: true, force: true });
    }
    writeExperiment(folder.experiment, experiment);
    writeFileAtomically(folder.config, filledInConfig(experiment.config));
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** `eval_name` of the run in a folder; `pretraining` of one that has none. */
function kindOf({ config }: ResultsFolder): string | undefined {
  if (!existsSync(config)) return undefined;
  const { eval_name: name } = readConfigTree(config);
  return name === undefined ? 'pretraining' : String(name);
}

/** What a config's `resume_checkpoint` asks for: go on where there is something, else begin. */
export function existingResults(existing: ExistingRun | undefined, wish: boolean, folder: ResultsFolder): ExistingRun {
  if (existing !== undefined) return existing;
  return wish && existsSync(folder.config) ? 'resume' : 'refuse';
}
