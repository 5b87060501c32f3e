import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../input-error.js';
import { sentence } from '../sentence.js';
import { writeFileAtomically } from './atomic-file.js';
import { type Experiment, requireSameExperiment, writeExperiment } from './experiment.js';
import { type FolderLock, lockFolder, requireUnlocked } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { requireOwnFiles } from './own-files.js';
import { removePartialFiles } from './partial-files.js';
import { type ExistingRun, OUTPUT, OVERWRITE, RESUME, requireExistingRun } from './run-options.js';
import type { RunRecord } from './run-record.js';

/** Where everything of one evaluation or fine-tuning lives. */
export interface ResultsFolder {
  path: string;
  /** What the run was asked for, defaults filled in. */
  config: string;
  /** What the numbers depend on; compared when it is resumed. */
  experiment: string;
  console: string;
  environment: string;
  /** Every number, confusion matrices and results per class included. */
  results: string;
}

/** The paths inside a folder of results. Nothing is created. */
export function resultsFolder(path: string, record: Pick<RunRecord, 'file'>): ResultsFolder {
  return {
    path,
    config: join(path, record.file),
    experiment: join(path, 'experiment.json'),
    console: join(path, 'console.log'),
    environment: join(path, 'environment.json'),
    results: join(path, 'results.json'),
  };
}

/** A folder that results go to, and what a run wants with it. */
export interface ResultsClaim {
  folder: ResultsFolder;
  record: RunRecord;
  /** As `record.kindOf` tells it. */
  kind: string;
  /** What would be lost if it were written anew, besides the results: states, trained models. */
  work: readonly string[];
  existing: ExistingRun;
  say: (line: string) => void;
}

const remedy = sentence`choose another folder with ${OUTPUT}`;

/**
 * Checks, before any work, that results may go into a folder. Creates and removes nothing. A folder of a start that
 * failed before there was anything to lose counts as free.
 *
 * @throws InputError when somebody works there; when it holds results and neither resuming nor overwriting was asked
 *   for; when it holds another kind of run or files of somebody else's; when there is nothing to resume
 */
export async function checkResultsFolder(claim: ResultsClaim): Promise<void> {
  const { folder, record, kind, work, existing, say } = claim;
  requireExistingRun(existing);
  await requireUnlocked(folder.path, say);
  const { path: subject } = folder;
  const found = existsSync(folder.config) ? record.kindOf(folder.config) : undefined;
  if (found !== undefined && found !== kind) {
    const problem = `holds a run of another kind (${found}), which this would overwrite`;
    throw new InputError({ subject, problem, remedy, code: 'other-kind' });
  }
  const files = Object.values(folder).slice(1);
  if (existing === 'resume') {
    if (found !== undefined) return requireOwnFiles(subject, [...files, ...work]);
    throw new InputError({
      subject,
      problem: `there is nothing to resume: ${record.file} is missing`,
      remedy: sentence`Start without ${RESUME}, or ${remedy}`,
      code: 'no-run',
    });
  }
  const there = [...(found === undefined ? files : [folder.results]), ...work].filter((file) => existsSync(file));
  if (there.length === 0) return;
  if (found === undefined) {
    const names = there.map((file) => basename(file)).join(', ');
    const problem = `holds ${names}, which is no result of ${kind} and would be overwritten`;
    throw new InputError({ subject, problem, remedy, code: 'other-kind' });
  }
  if (existing === 'refuse') {
    throw new InputError({
      subject,
      problem: `holds an earlier ${kind}`,
      remedy: sentence`Go on with it with ${RESUME}, start again with ${OVERWRITE}, or ${remedy}`,
      code: 'run-exists',
    });
  }
}

/** A folder that an experiment's results go to, and what a run wants with it. */
export interface ExperimentClaim extends ResultsClaim {
  experiment: Experiment;
  /** Keys of the experiment's config that may be others when it is resumed; see `requireSameExperiment`. */
  mayChange?: ReadonlySet<string>;
}

/**
 * Makes the folder this process's own and writes what it will hold. Of an earlier run, `overwrite` removes the results
 * and the work, and nothing else; what a killed process was writing is removed.
 *
 * @throws InputError as `checkResultsFolder` does, and naming every difference when another experiment is to be resumed
 */
export async function claimResultsFolder(claim: ExperimentClaim): Promise<FolderLock> {
  const { folder, record, kind, work, existing, experiment, say } = claim;
  makeFolder(folder.path, remedy);
  // Somebody may have come since the first look.
  await checkResultsFolder(claim);
  const lock = await lockFolder(folder.path, { purpose: kind, say, remedy });
  try {
    if (existing === 'resume' && [folder.results, ...work].some((file) => existsSync(file))) {
      requireSameExperiment(folder.experiment, experiment, claim.mayChange);
    }
    if (existing === 'overwrite') {
      for (const path of [...Object.values(folder).slice(1), ...work]) rmSync(path, { recursive: true, force: true });
    }
    removePartialFiles([...Object.values(folder).slice(1), ...work]);
    writeExperiment(folder.experiment, experiment);
    writeFileAtomically(folder.config, record.text);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}
