import { CommandError } from '../command-error.js';

/**
 * Refuses parameters that are no longer numbers: what they compute is none either, and nothing on the way would say so.
 *
 * @throws CommandError naming the tensors
 */
export function requireFinite(path: string, parameters: Readonly<Record<string, { data: Float32Array }>>): void {
  const names = Object.keys(parameters);
  const broken = names.filter((name) => !allNumbers(parameters[name]!.data));
  if (broken.length === 0) return;
  const more = broken.length > 3 ? ', …' : '';
  throw new CommandError(
    `${path}: ${broken.length} of ${names.length} tensors hold NaN or infinite values (${broken.slice(0, 3).join(', ')}${more}): ` +
      'the training that wrote them had diverged, or they do not fit into their type; take an earlier checkpoint, or one of wider type',
  );
}

function allNumbers(values: Float32Array): boolean {
  // 0 x is 0 for every number and NaN for all else, so that one sum tells.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i]!;
  return sum === 0;
}
