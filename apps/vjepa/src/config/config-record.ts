import { readFileSync } from 'node:fs';
import { leafDifferences, type RunRecord } from '@vjepa/training';
import { parse } from 'yaml';
import { filledInConfig } from './filled-in-config.js';
import { readConfigTree } from './load-config.js';

/** The config of a run in its folder, which can be given to --config again. */
export const CONFIG_FILE = 'config.yaml';

/** A config as its run keeps it: YAML with every key filled in. `eval_name` tells what is not a pretraining. */
export function configRecord(config: object): RunRecord {
  return {
    file: CONFIG_FILE,
    text: filledInConfig(config),
    inCheckpoints: { config },
    kindOf: (path) => String(readConfigTree(path).eval_name ?? 'pretraining'),
    differencesFrom: (path) => leafDifferences(parse(readFileSync(path, 'utf8')), config),
  };
}
