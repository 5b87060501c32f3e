import { expect, it } from 'vitest';
import { compareShapes, describeMismatch, requireSameShapes } from './compare-shapes.js';

const EXPECTED = new Map([
  ['pos_embed', [1, 1568, 192]],
  ['norm.weight', [192]],
  ['norm.bias', [192]],
  ['blocks.0.attn.qkv.weight', [576, 192]],
]);
const found = (changes: Record<string, number[] | undefined> = {}) => {
  const shapes = new Map([...EXPECTED].map(([name, shape]) => [name, { shape }]));
  for (const [name, shape] of Object.entries(changes)) {
    if (shape) shapes.set(name, { shape });
    else shapes.delete(name);
  }
  return shapes;
};

it('equal shapes pass', () => {
  const comparison = compareShapes(EXPECTED, found());
  expect(comparison).toEqual({ missing: [], unexpected: [], misshaped: [], positionTables: [] });
  requireSameShapes('a.pth', comparison);
});

it('every missing, unexpected and mis-shaped name is listed', () => {
  const changes = {
    'norm.bias': undefined,
    'norm.weight': [384],
    'blocks.0.attn.qkv.weight': [192, 576],
    'blocks.12.norm1.weight': [192],
    pos_embed: [1, 1568, 384],
  };
  const check = () => requireSameShapes('a.pth', compareShapes(EXPECTED, found(changes)));
  expect(check).toThrow('a.pth: does not fit the model in 5 places:');
  for (const line of [
    'missing norm.bias',
    'unexpected blocks.12.norm1.weight',
    'pos_embed has shape [1,1568,384], expected [1,1568,192]',
    'norm.weight has shape [384], expected [192]',
    'blocks.0.attn.qkv.weight has shape [192,576], expected [576,192]',
  ]) {
    expect(check).toThrow(line);
  }
});

it('a position table of another resolution is named, and passes only where that is allowed', () => {
  const comparison = compareShapes(EXPECTED, found({ pos_embed: [1, 4608, 192] }));
  expect(comparison.misshaped).toEqual([]);
  expect(comparison.positionTables.map(describeMismatch)).toEqual([
    'pos_embed has shape [1,4608,192], expected [1,1568,192]',
  ]);
  requireSameShapes('a.pth', comparison);
  expect(() => requireSameShapes('a.pth', comparison, { positionTables: 'refuse' })).toThrow(
    'does not fit the model in 1 place:\n  pos_embed has shape [1,4608,192], expected [1,1568,192]',
  );
});
