import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command-error.js';
import { readConfigTree } from '../config/load-config.js';
import { FILE_NAME_EXPECTATION, isFileName } from './file-name.js';
import { LOCK_NAME } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { requireOwnFiles } from './own-files.js';

/** Where everything of one run lives. */
export interface RunFolder {
  path: string;
  /** The resolved config, as YAML. */
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
  /** The newest state in the reference's own format, where the config asks for it. */
  referenceCheckpoint: string;
}

/** What becomes of a run folder that already exists. */
export type ExistingRun = 'refuse' | 'resume' | 'overwrite';

/**
 * The paths inside a run folder; `tag` is `logging.write_tag`. Nothing is created.
 *
 * @throws CommandError when the tag could lead out of the folder
 */
export function runFolder(path: string, tag: string): RunFolder {
  if (!isFileName(tag)) {
    throw new CommandError(`logging.write_tag: expected ${FILE_NAME_EXPECTATION}, found ${JSON.stringify(tag)}`);
  }
  return {
    path,
    config: join(path, 'config.yaml'),
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
 * @throws CommandError when the folder holds a run and neither resuming nor overwriting was asked for, when there is
 *   nothing to resume, when a file to go on with leads out of the folder, or when the folder to overwrite is not a run.
 */
export function checkRunFolder(folder: RunFolder, existing: ExistingRun): void {
  const found = existsSync(folder.path);
  if (found && !statSync(folder.path).isDirectory()) {
    throw new CommandError(`${folder.path}: the run folder is a file; choose another with --run`);
  }
  const isRun = found && existsSync(folder.config);
  if (isRun && existing !== 'refuse') requirePretraining(folder);
  if (existing === 'resume') {
    if (!isRun) {
      throw new CommandError(
        `${folder.path}: there is no run to resume: config.yaml is missing. Start it without --resume, or name the run with --run`,
      );
    }
    requireOwnFiles(folder.path, Object.values(folder).slice(1));
    return;
  }
  const empty = !found || readdirSync(folder.path).every((name) => name === LOCK_NAME);
  if (empty) return;
  if (existing === 'refuse') {
    throw new CommandError(
      `${folder.path}: the run folder is not empty. Continue the run with --resume, start it again with --overwrite, or choose another folder with --run`,
    );
  }
  if (!isRun) {
    throw new CommandError(
      `${folder.path}: --overwrite replaces a run, and this folder holds none (no config.yaml); choose another with --run`,
    );
  }
}

/** Creates the folder; with `overwrite`, the files of the run it held are removed first and nothing else is. */
export function createRunFolder(folder: RunFolder, existing: ExistingRun): void {
  if (existing === 'overwrite') {
    for (const [part, path] of Object.entries(folder)) {
      if (part !== 'path') rmSync(path, { recursive: true, force: true });
    }
  }
  makeFolder(folder.checkpoints, 'choose another with --run');
}

function requirePretraining({ path, config }: RunFolder): void {
  const { eval_name: name } = readConfigTree(config);
  if (name === undefined) return;
  throw new CommandError(`${path}: holds a run of another kind (${name}); choose another folder with --run`);
}
