import { readFileSync } from 'node:fs';
import { leafDifferences, type RunRecord } from '@vjepa/training';
import { parse } from 'yaml';
import type { z } from 'zod';
import { filledInConfig } from './filled-in-config.js';
import { readConfigTree } from './load-config.js';

/** The config of a run in its folder, which can be given to --config again. */
export const CONFIG_FILE = 'config.yaml';

/**
 * A config as its run keeps it: YAML with every key filled in. `eval_name` tells what is not a pretraining.
 *
 * @param schema fills in keys that an earlier version did not have, so that they do not count as changed
 */
export function configRecord(config: object, schema?: z.ZodType): RunRecord {
  return {
    file: CONFIG_FILE,
    text: filledInConfig(config),
    inCheckpoints: { config },
    kindOf: (path) => String(readConfigTree(path).eval_name ?? 'pretraining'),
    differencesFrom(path) {
      const before = parse(readFileSync(path, 'utf8'));
      const filledIn = schema?.safeParse(before);
      return leafDifferences(filledIn?.success ? filledIn.data : before, config);
    },
  };
}
