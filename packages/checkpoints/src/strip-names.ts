import { CheckpointError } from './checkpoint-error.js';
import { stripPrefixes } from './strip-prefixes.js';

/**
 * Values by their names without the wrappers of training.
 *
 * @throws CheckpointError when two names differ in their wrappers alone
 */
export function stripNames<Value>(path: string, named: Iterable<readonly [string, Value]>): Map<string, Value> {
  const stripped = new Map<string, Value>();
  for (const [name, value] of named) {
    const short = stripPrefixes(name);
    if (stripped.has(short)) {
      const problem = `'${name}' and another tensor are both called '${short}' without their prefixes`;
      throw new CheckpointError(path, problem, 'rename one of them');
    }
    stripped.set(short, value);
  }
  return stripped;
}
