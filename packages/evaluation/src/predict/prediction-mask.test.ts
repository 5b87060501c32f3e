import { maskToText } from '@vjepa/masks';
import { describe, expect, it } from 'vitest';
import { predictionMask } from './prediction-mask.js';

const grid = { depth: 8, height: 14, width: 14 };
const steps = ({ indices }: { indices: Int32Array }) =>
  new Set(Array.from(indices, (token) => Math.floor(token / 196)));

describe('predictionMask', () => {
  it.each([
    [undefined, 4],
    [0.25, 2],
    [0.01, 1],
    [0.99, 7],
  ])('sees a share of %s of the time steps: %s of 8', (context, seen) => {
    const { mask, maskIndex } = predictionMask(grid, { context });
    expect(mask.context.shape).toEqual([1, seen * 196]);
    expect([...steps(mask.target)]).toEqual(Array.from({ length: 8 - seen }, (_, i) => seen + i));
    expect(maskIndex).toBe(1);
  });

  it('draws blocks along the whole clip, small ones for the first mask token, large ones for the second', () => {
    const [small, large] = (['blocks', 'large-blocks'] as const).map((kind) => predictionMask(grid, { kind }));
    expect(steps(small!.mask.target).size).toBe(8);
    expect(large!.mask.target.shape[1]).toBeGreaterThan(small!.mask.target.shape[1]);
    expect([small!.maskIndex, large!.maskIndex]).toEqual([0, 1]);
    const text = (seed?: number) => maskToText(predictionMask(grid, { kind: 'blocks', seed }).mask, 0, grid);
    expect(text(0)).toBe(text());
    expect(text(1)).not.toBe(text());
  });

  it.each([0, 1, Number.NaN])('refuses to see a share of %s', (context) => {
    expect(() => predictionMask(grid, { context })).toThrow('`context`: expected a share of the clip, between 0 and 1');
  });

  it('refuses a mask of another kind', () => {
    expect(() => predictionMask(grid, { kind: 'past' as 'future' })).toThrow(/^`kind`/);
  });

  it('finds no future in a clip of one time step', () => {
    expect(() => predictionMask({ ...grid, depth: 1 })).toThrow('a clip of 1 time step has no future');
  });
});
