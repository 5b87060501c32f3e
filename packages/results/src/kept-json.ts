import { existsSync, readFileSync } from 'node:fs';
import { InputError } from '@vjepa/training';

/**
 * What an experiment keeps in a file.
 *
 * @returns undefined where there is no such file
 * @throws InputError naming a file that something else has cut off or changed
 */
export function keptJson<Value>(path: string): Value | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value;
  } catch (error) {
    const problem = `cannot be read: ${(error as Error).message}`;
    throw new InputError({ subject: path, problem, remedy: 'Delete it, and it is made again', cause: error });
  }
}
