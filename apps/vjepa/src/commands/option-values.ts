import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number >= `least`. */
export function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
      throw new InvalidArgumentError(`expected a whole number >= ${least}.`);
    }
    return value;
  };
}
