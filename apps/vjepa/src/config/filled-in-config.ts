import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';

const MARK = '# The config of this run, defaults filled in.\n';

/** The text of a config with every key filled in, as a run keeps it; it can be given to --config again. */
export function filledInConfig(config: object): string {
  return MARK + stringify(config);
}

/** Whether a file is one that a run keeps: most of its keys nobody has written. */
export function isFilledIn(file: string): boolean {
  return readFileSync(file, 'utf8').startsWith(MARK);
}
