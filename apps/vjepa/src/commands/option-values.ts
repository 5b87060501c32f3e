import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number >= `least` and, where there is a bound, <= `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > most || text.trim() === '') {
      throw new InvalidArgumentError(`expected a whole number ${range}.`);
    }
    return value;
  };
}
