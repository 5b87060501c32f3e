import { describe, expect, it } from 'vitest';
import { boxMask, futureMask, targetMask } from './chosen-mask.js';
import { maskToText } from './mask-map.js';

const grid = { depth: 3, height: 2, width: 3 };

describe('futureMask', () => {
  it('sees the first time steps and predicts the others', () => {
    expect(maskToText(futureMask(grid, 2), 0, grid)).toBe('###|###|...\n###|###|...');
    expect(futureMask(grid, 2).target.shape).toEqual([1, 6]);
  });

  it.each([0, 3, 1.5])('refuses %s steps of 3 as context', (steps) => {
    expect(() => futureMask(grid, steps)).toThrow('expected a whole number from 1 to 2');
  });
});

describe('boxMask', () => {
  it('predicts the tokens in any of the boxes', () => {
    const boxes = [
      { time: 0, top: 0, left: 1, depth: 2, height: 1, width: 2 },
      { time: 1, top: 0, left: 0, depth: 1, height: 2, width: 2 },
    ];
    expect(maskToText(boxMask(grid, boxes), 0, grid)).toBe('#..|...|###\n###|..#|###');
  });

  it.each([
    [{ left: 2, width: 2 }, 'its width reaches from 2 on over 2 of 3'],
    [{ top: -1 }, 'its height reaches from -1 on over 1 of 2'],
    [{ depth: 0 }, 'its depth reaches from 0 on over 0 of 3'],
  ])('refuses a box with %j', (wrong, message) => {
    const box = { time: 0, top: 0, left: 0, depth: 1, height: 1, width: 1, ...wrong };
    expect(() => boxMask(grid, [box])).toThrow(message);
  });

  it('refuses boxes that leave nothing to see, and none', () => {
    const whole = { time: 0, top: 0, left: 0, ...grid };
    expect(() => boxMask(grid, [whole])).toThrow('leave something to predict it from');
    expect(() => boxMask(grid, [])).toThrow('choose what is to be predicted');
  });
});

describe('targetMask', () => {
  it('predicts the listed tokens, whatever their order', () => {
    const { context, target } = targetMask(grid, [17, 0, 5]);
    expect([...target.indices]).toEqual([0, 5, 17]);
    expect(context.shape).toEqual([1, 15]);
  });

  it.each([18, -1, 0.5])('refuses token %s, which the grid does not have', (token) => {
    expect(() => targetMask(grid, [3, token])).toThrow(
      `targets[1] is ${token}, expected one of the grid's 18 tokens, 0 to 17: the grid is 3×2×3`,
    );
  });
});
