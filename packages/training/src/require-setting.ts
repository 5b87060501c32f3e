import { InputError } from './input-error.js';
import { option, type Sentence } from './sentence.js';

/** @throws InputError naming the first of these options that is no whole number of at least 1; `undefined` is none */
export function requireCounts(counts: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1)) {
      throw unfitSetting(name, 'a whole number of at least 1', value);
    }
  }
}

/** @throws InputError naming the first of these options that is no number of at least `least` */
export function requireNumbers(numbers: Record<string, unknown>, least = Number.NEGATIVE_INFINITY): void {
  const expected = least === Number.NEGATIVE_INFINITY ? 'a number' : `a number of at least ${least}`;
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && (value as number) >= least)) {
      throw unfitSetting(name, expected, value);
    }
  }
}

/** @throws InputError naming the option that is none of the choices; `undefined` is none */
export function requireChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  throw unfitSetting(name, choices.map((choice) => `'${choice}'`).join(' or '), value);
}

/** For an option whose value cannot be used. */
export function unfitSetting(name: string, expected: string | Sentence, found: unknown): InputError {
  return new InputError({ subject: option(name), expected, found, code: 'setting' });
}
