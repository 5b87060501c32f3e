/**
 * `count` evenly spaced values from `start` to `end`, both included; `[start]` for a count of 1. Rounded as NumPy
 * rounds them (step first, then multiples of it), so that truncating them gives the same integers.
 */
export function linspace(start: number, end: number, count: number): Float64Array {
  const points = new Float64Array(count);
  const step = (end - start) / (count - 1);
  for (let i = 0; i < count; i++) points[i] = i * step + start;
  if (count === 1) points[0] = start;
  else if (count > 1) points[count - 1] = end;
  return points;
}
