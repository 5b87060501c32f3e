import { InputError } from '@vjepa/training';

/** What is wrong where none of some files can be read: the reason of the first. */
export function noneReadable(failures: readonly { reason: string }[]): InputError {
  const more = failures.length > 1 ? `; none of the ${failures.length} files can be read` : '';
  return new InputError({ problem: `${failures[0]!.reason}${more}`, code: 'unreadable' });
}
