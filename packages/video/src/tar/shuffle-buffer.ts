import type { NumpyRandom } from '@vjepa/random';

/**
 * A sequence in an order that is random and still nearly its own: each item waits in a buffer until a draw picks it, and
 * the next one takes its place.
 *
 * @param bufferSize items held back, at least 1; 1 keeps the order
 */
export function* throughBuffer(sequence: Iterable<number>, bufferSize: number, random: NumpyRandom): Generator<number> {
  const buffer: number[] = [];
  for (const item of sequence) {
    if (buffer.length < bufferSize) {
      buffer.push(item);
      continue;
    }
    const i = random.integer(0, bufferSize);
    yield buffer[i]!;
    buffer[i] = item;
  }
  for (const i of shuffled(buffer.length, random)) yield buffer[i]!;
}

/** A permutation of 0..length - 1 (Fisher and Yates, from the last down). */
export function shuffled(length: number, random: NumpyRandom): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
