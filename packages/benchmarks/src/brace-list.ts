import { BenchmarkError } from './benchmark-error.js';

/** More names than anyone means. */
const LIMIT = 1_000_000;

/**
 * The names that a text with braces stands for, as in a shell: `a-{08..11}.tar` is a-08.tar, a-09.tar, a-10.tar and
 * a-11.tar, `{train,val}.csv` is train.csv and val.csv; several braces give every combination, the last one fastest.
 * A text without such braces stands for itself.
 *
 * @throws BenchmarkError for a range that descends, and for more than a million names
 */
export function expandBraces(text: string): string[] {
  const match = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/.exec(text);
  if (match === null) return [text];
  const [braces, first, last, list] = match;
  const before = text.slice(0, match.index);
  const rest = expandBraces(text.slice(match.index + braces.length));
  const middle = list === undefined ? numbers(text, first!, last!, rest.length) : list.split(',');
  if (middle.length * rest.length > LIMIT) throw new BenchmarkError(text, `stands for more than ${LIMIT} names`);
  return middle.flatMap((item) => rest.map((after) => before + item + after));
}

function numbers(text: string, first: string, last: string, times: number): string[] {
  const count = Number(last) - Number(first) + 1;
  if (count < 1) throw new BenchmarkError(text, `expected a range that ascends, found {${first}..${last}}`);
  if (count * times > LIMIT)
    throw new BenchmarkError(text, `stands for more than ${LIMIT} names; check {${first}..${last}}`);
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0'));
}
