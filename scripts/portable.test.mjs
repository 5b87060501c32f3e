import { describe, expect, it } from 'vitest';
import { portable } from './portable.mjs';

describe('a command', () => {
  it('is a program elsewhere, whatever its name', () => {
    expect(portable('npx', ['--yes', 'a b'], 'linux')).toEqual(['npx', ['--yes', 'a b'], {}]);
  });

  it('needs a shell on Windows where it is a .cmd file, and quotes where there are spaces', () => {
    expect(portable('npx', ['--yes', 'pnpm@12'], 'win32')).toEqual(['npx', ['--yes', 'pnpm@12'], { shell: true }]);
    expect(portable('C:\\My clone\\.bin\\tsc', ['-p', 'C:\\My clone\\x.json'], 'win32')).toEqual([
      '"C:\\My clone\\.bin\\tsc"',
      ['-p', '"C:\\My clone\\x.json"'],
      { shell: true },
    ]);
  });

  it('needs none on Windows where it is Node, which lies under C:\\Program Files', () => {
    expect(portable(process.execPath, ['a b.mjs'], 'win32')).toEqual([process.execPath, ['a b.mjs'], {}]);
  });
});
