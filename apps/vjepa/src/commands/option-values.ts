import type { FrameSize } from '@vjepa/video';
import { InvalidArgumentError, Option } from 'commander';

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

/** Reads an option that is a list of such numbers, separated by commas. */
export function wholeNumbers(least: number) {
  const one = wholeNumber(least);
  return (text: string): number[] => text.split(',').map((part) => one(part));
}

/** What of a clip is hidden from a predictor. */
export const MASKS = ['future', 'blocks', 'large-blocks'] as const;

/** Reads an option that is a share, between 0 and 1. */
export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('expected a number between 0 and 1.');
}

/** Reads an option that is a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** An option that is a count: of pixels, frames, clips, heads or blocks. */
export function countOption(flag: string, text: string): Option {
  return new Option(`${flag} <n>`, text).argParser(wholeNumber(1, 100_000));
}

/** Reads an option that is a size in pixels: a square's side, or height and width, `256x448`. */
export function frameSize(text: string): FrameSize {
  const [height, width, ...more] = text.split('x').map(wholeNumber(1, 100_000)) as [number, ...number[]];
  if (more.length > 0) throw new InvalidArgumentError('expected a number of pixels, or two: HEIGHTxWIDTH.');
  return width === undefined ? height : { height, width };
}
