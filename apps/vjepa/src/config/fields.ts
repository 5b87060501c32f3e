import { FILE_NAME_EXPECTATION, isFileName } from '@vjepa/training';
import { z } from 'zod';
import { ENCODER_NAMES } from './model-names.js';

/** A whole number of at least one: sizes, counts, epochs. */
export const count = z.int().min(1);

/** How many of something are made at once. What is far beyond any experiment is a slip, and would fill the memory. */
export const amount = count.max(100_000);

/** Decoding threads beside the one that trains; 0: none. */
export const workers = z.int().min(0).max(1024);

/** A fraction of a whole, 0 < x <= 1. */
export const fraction = z.number().gt(0).max(1);

/** `[low, high]` with low <= high, both from `bound`. */
export function interval(bound: z.ZodNumber) {
  return z
    .tuple([bound, bound])
    .refine(([low, high]) => low <= high, { error: 'expected [low, high] with low <= high' });
}

/** The name of an encoder: V-JEPA's, and those of V-JEPA 2 and 2.1. */
export const encoderName = z.enum(ENCODER_NAMES);

/** One of some names, in capitals or not, as the reference compares them. */
export function nameOf<const Names extends readonly string[]>(names: Names) {
  const known = (value: unknown) =>
    typeof value === 'string' ? (names.find((name) => name.toLowerCase() === value.toLowerCase()) ?? value) : value;
  return z.preprocess(known, z.enum(names));
}

/** How video files are decoded; `auto` takes the fastest decoder that is installed, `nvdec` the GPU where it can. */
export const decoderName = z.enum(['auto', 'wasm', 'native', 'cli', 'nvdec']);

/** A part of file names in the run's folder: never a way out of it. */
export const fileName = z.string().refine(isFileName, { error: `expected ${FILE_NAME_EXPECTATION}` });
