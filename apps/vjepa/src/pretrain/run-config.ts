import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { filledInConfig } from '../config/filled-in-config.js';
import { leafDifferences } from '../config/leaves.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { writeFileAtomically } from '../run/atomic-file.js';

/** Writes the config a run uses, every key filled in; the file can be given to --config again. */
export function writeRunConfig(path: string, config: PretrainingConfig): void {
  writeFileAtomically(path, filledInConfig(config));
}

/** The keys in which a config differs from the one a run was started with, as `key: old -> new`. */
export function runConfigDifferences(path: string, config: PretrainingConfig): string[] {
  return leafDifferences(parse(readFileSync(path, 'utf8')), config);
}
