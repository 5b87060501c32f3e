import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { writeFileAtomically } from '../run/atomic-file.js';

/** Writes the config a run uses, every key filled in; the file can be given to --config again. */
export function writeRunConfig(path: string, config: PretrainingConfig): void {
  writeFileAtomically(path, `# The config of this run, defaults filled in.\n${stringify(config)}`);
}

/** The keys in which a config differs from the one a run was started with, as `key: old -> new`. */
export function runConfigDifferences(path: string, config: PretrainingConfig): string[] {
  const before = leaves(parse(readFileSync(path, 'utf8')));
  const now = leaves(config);
  const keys = new Set([...before.keys(), ...now.keys()]);
  return [...keys]
    .filter((key) => before.get(key) !== now.get(key))
    .map((key) => `${key}: ${before.get(key)} -> ${now.get(key)}`);
}

/** Every value of a tree by its dotted path, as JSON; what is undefined is not there. */
function leaves(tree: unknown, path = ''): Map<string, string> {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return new Map([[path, JSON.stringify(tree)]]);
  return new Map(
    Object.entries(tree)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => [...leaves(value, path === '' ? key : `${path}.${key}`)]),
  );
}
