import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { BenchmarkEntry } from '@vjepa/benchmarks';
import { CommandError, reasonOf } from '../command-error.js';
import { leafDifferences } from '../config/leaves.js';
import { type IndexFingerprint, indexFingerprint } from '../data/index-fingerprint.js';
import { writeFileAtomically } from './atomic-file.js';

/** Everything that the numbers of an evaluation or a fine-tuning depend on: what is saved belongs to it alone. */
export interface Experiment {
  /** Defaults filled in. */
  config: object;
  /** The samples of each set. */
  sets: Record<string, IndexFingerprint>;
  /** Digests of the weights that it begins with, by what they are. */
  weights: Record<string, string>;
  /** Whatever else decides them. */
  settings?: Record<string, string>;
}

/**
 * Keys of a config that may change when a run is resumed, because no number depends on them: how fast and where it is
 * computed, when it is looked at, and names of files, whose content is compared instead.
 */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  // How fast, where and when.
  ...['nodes', 'tasks_per_node', 'num_workers', 'decode_time_limit', 'encoder_batch', 'probe_batch'],
  ...['validate_every', 'resume_checkpoint', 'tag'],
  // Without effect.
  ...['pretrain.use_silu', 'pretrain.tight_silu', 'pretrain.use_sdpa'],
  // Names of what is compared by its content.
  ...['pretrain.folder', 'pretrain.checkpoint', 'head.checkpoint', 'data.class_names'],
  ...['data.dataset_train', 'data.dataset_val', 'data.dataset_test', 'data.root_path', 'data.image_folder'],
  ...['data.annotations', 'data.videos', 'data.proposals'],
]);

/** The fingerprint of a set, by paths from the list that names them, so that both can be moved together. */
export function setFingerprint(source: string, entries: readonly BenchmarkEntry[]): IndexFingerprint {
  const folder = dirname(resolve(source));
  const moved = (path: string) => (isAbsolute(path) ? relative(folder, path) : path);
  return indexFingerprint(entries.map((entry) => ({ ...entry, path: moved(entry.path) })));
}

export function writeExperiment(path: string, experiment: Experiment): void {
  writeFileAtomically(path, `${JSON.stringify(experiment, null, 2)}\n`);
}

/**
 * Refuses to go on with what was saved for another experiment.
 *
 * @param path the run's record of its experiment
 * @throws CommandError naming every difference
 */
export function requireSameExperiment(path: string, now: Experiment): void {
  if (!existsSync(path)) {
    throw new CommandError(
      `${path}: is missing, so that nothing tells which config, lists and weights this run was started with; start it ` +
        'again with --overwrite, or choose another folder',
    );
  }
  const before = readExperiment(path);
  const differences = [
    ...leafDifferences(before.config, JSON.parse(JSON.stringify(now.config)), MAY_CHANGE),
    ...leafDifferences(before.settings ?? {}, now.settings ?? {}),
    ...named(before.sets, now.sets, describeSets),
    ...named(before.weights, now.weights, (old, fresh) => `other weights (${short(old)} -> ${short(fresh)})`),
  ];
  if (differences.length === 0) return;
  throw new CommandError(
    `${dirname(path)}: was started as another experiment, and what is saved belongs to that:\n` +
      `${differences.map((line) => `  ${line}\n`).join('')}` +
      'Give the old values to go on with --resume, start again with --overwrite, or choose another folder',
  );
}

function readExperiment(path: string): Experiment {
  try {
    const { config, sets, weights, settings } = JSON.parse(readFileSync(path, 'utf8')) as Experiment;
    if ([config, sets, weights].every((part) => typeof part === 'object')) {
      return { config, sets, weights, ...(settings && { settings }) };
    }
    throw new Error('config, sets or weights are not in it');
  } catch (error) {
    throw new CommandError(
      `${path}: is damaged (${reasonOf(error)}), so that nothing tells which config, lists and weights this run was ` +
        'started with; start it again with --overwrite, or choose another folder',
      { cause: error },
    );
  }
}

/** A line for each name under which the two are not the same. */
function named<Value>(
  before: Record<string, Value>,
  now: Record<string, Value>,
  describe: (before: Value, now: Value) => string,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) => {
    const [old, fresh] = [before[name], now[name]];
    if (JSON.stringify(old) === JSON.stringify(fresh)) return [];
    if (old === undefined || fresh === undefined) return [`${name}: ${old === undefined ? 'is new' : 'is gone'}`];
    return [`${name}: ${describe(old, fresh)}`];
  });
}

function describeSets(before: IndexFingerprint, now: IndexFingerprint): string {
  return before.videos === now.videos
    ? `its ${now.videos} entries are others, or in another order`
    : `${before.videos} entries -> ${now.videos}`;
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
