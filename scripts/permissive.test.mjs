import { describe, expect, it } from 'vitest';
import { isPermissive } from './permissive.mjs';

describe('isPermissive', () => {
  it.each(['MIT', '(MIT OR CC0-1.0)', 'GPL-2.0-only OR MIT', 'MIT AND Apache-2.0', '(MIT AND ISC)'])(
    'takes %s',
    (expression) => {
      expect(isPermissive(expression)).toBe(true);
    },
  );

  it.each([
    'GPL-2.0-or-later',
    'MIT AND GPL-3.0-only',
    '(MIT AND AGPL-3.0)',
    'Apache-2.0 AND LGPL-3.0-or-later',
    'MIT AND (GPL-3.0-only OR ISC)',
    'MIT WITH something',
    'MITX',
    'SEE LICENSE IN LICENSE',
    '',
  ])('does not take %s', (expression) => {
    expect(isPermissive(expression)).toBe(false);
  });
});
