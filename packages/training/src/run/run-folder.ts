import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../input-error.js';
import { unfitSetting } from '../require-setting.js';
import { option, sentence } from '../sentence.js';
import { FILE_NAME_EXPECTATION, isFileName } from './file-name.js';
import { LOCK_NAME } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { requireOwnFiles } from './own-files.js';
import { type ExistingRun, FOLDER, OVERWRITE, RESUME, requireExistingRun } from './run-options.js';
import type { RunRecord } from './run-record.js';

/** Where everything of one run lives. */
export interface RunFolder {
  path: string;
  /** What the run was asked for, defaults filled in. */
  config: string;
  /** One JSON object per step. */
  metrics: string;
  /** The reference's CSV log. */
  csv: string;
  /** Everything the run said. */
  console: string;
  /** One JSON object per replaced video. */
  badVideos: string;
  /** One JSON object per video that is shorter than a clip. */
  shortVideos: string;
  /** TensorBoard event files. */
  events: string;
  /** Versions, engine and machine the run used. */
  environment: string;
  /** Resumable states. */
  checkpoints: string;
  /** The newest state in the reference's own format, where the run was asked for it. */
  referenceCheckpoint: string;
}

/** Names of files in a run's folder that are the caller's to choose. */
export interface RunFolderNames {
  /** The beginning of the names of the CSV log and the reference's checkpoint. */
  tag: string;
  /** The file of the run's record. */
  record: string;
}

/**
 * The paths inside a run folder. Nothing is created.
 *
 * @throws InputError when the tag could lead out of the folder
 */
export function runFolder(path: string, { tag, record }: RunFolderNames): RunFolder {
  if (typeof path !== 'string') throw unfitSetting('folder', 'the folder of a run', path);
  if (!isFileName(tag)) throw new InputError({ subject: option('tag'), expected: FILE_NAME_EXPECTATION, found: tag });
  return {
    path,
    config: join(path, record),
    metrics: join(path, 'metrics.jsonl'),
    csv: join(path, `${tag}_r0.csv`),
    console: join(path, 'console.log'),
    badVideos: join(path, 'bad-videos.jsonl'),
    shortVideos: join(path, 'short-videos.jsonl'),
    events: join(path, 'tensorboard'),
    environment: join(path, 'environment.json'),
    checkpoints: join(path, 'checkpoints'),
    referenceCheckpoint: join(path, `${tag}-latest.pth.tar`),
  };
}

/**
 * Checks, before any work, that the run may use its folder. Creates and removes nothing.
 *
 * @throws InputError when the folder holds a run and neither resuming nor overwriting was asked for, when there is
 *   nothing to resume, when a file to go on with leads out of the folder, or when the folder to overwrite is not a run
 */
export function checkRunFolder(folder: RunFolder, existing: ExistingRun, record: RunRecord): void {
  requireExistingRun(existing);
  const { path } = folder;
  const found = existsSync(path);
  const another = sentence`choose another with ${FOLDER}`;
  if (found && !statSync(path).isDirectory()) {
    throw new InputError({ subject: path, problem: 'the run folder is a file', remedy: another });
  }
  const isRun = found && existsSync(folder.config);
  if (isRun && existing !== 'refuse') requirePretraining(folder, record);
  if (existing === 'resume') {
    if (!isRun) {
      throw new InputError({
        subject: path,
        problem: `there is no run to resume: ${record.file} is missing`,
        remedy: sentence`Start it without ${RESUME}, or name the run with ${FOLDER}`,
        code: 'no-run',
      });
    }
    requireOwnFiles(path, Object.values(folder).slice(1));
    return;
  }
  const empty = !found || readdirSync(path).every((name) => name === LOCK_NAME);
  if (empty) return;
  if (existing === 'refuse') {
    throw new InputError({
      subject: path,
      problem: 'the run folder is not empty',
      remedy: sentence`Continue the run with ${RESUME}, start it again with ${OVERWRITE}, or choose another folder with ${FOLDER}`,
      code: 'run-exists',
    });
  }
  if (!isRun) {
    throw new InputError({
      subject: path,
      problem: sentence`${OVERWRITE} replaces a run, and this folder holds none (no ${record.file})`,
      remedy: another,
      code: 'no-run',
    });
  }
}

/** Creates the folder; with `overwrite`, the files of the run it held are removed first and nothing else is. */
export function createRunFolder(folder: RunFolder, existing: ExistingRun): void {
  if (existing === 'overwrite') {
    for (const [part, path] of Object.entries(folder)) {
      if (part !== 'path') rmSync(path, { recursive: true, force: true });
    }
  }
  makeFolder(folder.checkpoints, sentence`choose another with ${FOLDER}`);
}

function requirePretraining({ path, config }: RunFolder, record: RunRecord): void {
  const kind = record.kindOf(config);
  if (kind === 'pretraining') return;
  throw new InputError({
    subject: path,
    problem: `holds a run of another kind (${kind})`,
    remedy: sentence`choose another folder with ${FOLDER}`,
    code: 'other-kind',
  });
}
