import { InputError } from '@vjepa/training';

/**
 * Refuses parameters that are no longer numbers: what they compute is none either, and nothing on the way would say so.
 *
 * @throws InputError naming the tensors
 */
export function requireFinite(path: string, parameters: Readonly<Record<string, { data: Float32Array }>>): void {
  const names = Object.keys(parameters);
  const broken = names.filter((name) => !allNumbers(parameters[name]!.data));
  if (broken.length === 0) return;
  const more = broken.length > 3 ? ', …' : '';
  throw new InputError({
    subject: path,
    problem:
      `${broken.length} of ${names.length} tensors hold NaN or infinite values (${broken.slice(0, 3).join(', ')}${more}): ` +
      'the training that wrote them had diverged, or they do not fit into their type',
    remedy: 'take an earlier checkpoint, or one of wider type',
    code: 'not-finite',
  });
}

function allNumbers(values: Float32Array): boolean {
  // 0 x is 0 for every number and NaN for all else, so that one sum tells.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i]!;
  return sum === 0;
}
