import type { CheckpointKey } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { PickleProblem } from './pickle-problem.js';
import { Tuple } from './tuple.js';

/** A key is a name, a number or a few of them; a longer one is an attempt to fill the memory. */
const MAX_KEY_LENGTH = 10_000;

/**
 * The keys of a pickle's dicts and the elements of its sets. Python compares them by value; a Map compares objects by
 * identity, so every key that is an object stands for all that equal it.
 */
export class PickleKeys {
  readonly #objects = new Map<string, CheckpointKey>();

  /**
   * @returns the key to use for the value
   * @throws PickleProblem when Python could not use it as a key
   */
  of(value: unknown): CheckpointKey {
    if (value === null || typeof value !== 'object') return value as CheckpointKey;
    const text = { length: 0, parts: [] as string[] };
    describe(value, text);
    const identity = text.parts.join('');
    const known = this.#objects.get(identity) ?? (value as CheckpointKey);
    this.#objects.set(identity, known);
    return known;
  }
}

/** Appends a text that equal keys share and others do not. */
function describe(value: unknown, text: { length: number; parts: string[] }): void {
  const add = (part: string) => {
    text.length += part.length;
    if (text.length > MAX_KEY_LENGTH) throw new PickleProblem(`a dict key is longer than ${MAX_KEY_LENGTH} characters`);
    text.parts.push(part);
  };
  if (value instanceof Tuple) {
    add('(');
    for (const item of value) {
      describe(item, text);
      add(',');
    }
    add(')');
  } else if (value instanceof Uint8Array) {
    add(value.length > MAX_KEY_LENGTH ? ' '.repeat(value.length) : `bytes ${value.join(' ')}`);
  } else if (value instanceof Complex) {
    add(`complex ${value}`);
  } else if (typeof value === 'object' && value !== null) {
    throw new PickleProblem('a dict key is neither text nor a number, nor a tuple of these');
  } else {
    add(typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${value}`);
  }
}
