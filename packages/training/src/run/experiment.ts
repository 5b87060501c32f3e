import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { BenchmarkEntry } from '@vjepa/benchmarks';
import { type IndexFingerprint, indexFingerprint } from '../data/index-fingerprint.js';
import { InputError, reasonOf } from '../input-error.js';
import { sentence } from '../sentence.js';
import { writeFileAtomically } from './atomic-file.js';
import { leafDifferences } from './leaves.js';
import { OVERWRITE, RESUME } from './run-options.js';

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

/** The fingerprint of a set, by paths from the list that names them, so that both can be moved together. */
export function setFingerprint(source: string, entries: readonly BenchmarkEntry[]): IndexFingerprint {
  const folder = dirname(resolve(source));
  const moved = (path: string) => (isAbsolute(path) ? relative(folder, path) : path);
  return indexFingerprint(entries.map((entry) => ({ ...entry, path: moved(entry.path) })));
}

/** Writes a run's record of its experiment. */
export function writeExperiment(path: string, experiment: Experiment): void {
  writeFileAtomically(path, `${JSON.stringify(experiment, null, 2)}\n`);
}

/**
 * Refuses to go on with what was saved for another experiment.
 *
 * @param path the run's record of its experiment
 * @param mayChange keys of the config, dots between, that no number depends on: how fast and where it is computed, and
 *   names of files whose content is compared instead
 * @throws InputError naming every difference
 */
export function requireSameExperiment(path: string, now: Experiment, mayChange?: ReadonlySet<string>): void {
  if (!existsSync(path)) throw unknownExperiment(path, 'is missing');
  const before = readExperiment(path);
  const differences = [
    ...leafDifferences(before.config, JSON.parse(JSON.stringify(now.config)), mayChange),
    ...leafDifferences(before.settings ?? {}, now.settings ?? {}),
    ...named(before.sets, now.sets, describeSets),
    ...named(before.weights, now.weights, (old, fresh) => `other weights (${short(old)} -> ${short(fresh)})`),
  ];
  if (differences.length === 0) return;
  throw new InputError({
    subject: dirname(path),
    problem: sentence`was started as another experiment, and what is saved belongs to that:
${differences.map((line) => `  ${line}\n`).join('')}Give the old values to go on with ${RESUME}, start again with ${OVERWRITE}, or choose another folder`,
    code: 'other-experiment',
  });
}

function readExperiment(path: string): Experiment {
  try {
    const { config, sets, weights, settings } = JSON.parse(readFileSync(path, 'utf8')) as Experiment;
    if ([config, sets, weights].every((part) => typeof part === 'object')) {
      return { config, sets, weights, ...(settings && { settings }) };
    }
    throw new Error('config, sets or weights are not in it');
  } catch (error) {
    throw unknownExperiment(path, `is damaged (${reasonOf(error)})`, error);
  }
}

function unknownExperiment(path: string, problem: string, cause?: unknown): InputError {
  return new InputError({
    subject: path,
    problem: `${problem}, so that nothing tells which config, lists and weights this run was started with`,
    remedy: sentence`start it again with ${OVERWRITE}, or choose another folder`,
    cause,
  });
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
