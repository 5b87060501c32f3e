import { describe, expect, it } from 'vitest';
import { contentProblems } from './tarballs.mjs';

describe('a tarball', () => {
  const manifest = { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } };
  const whole = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'];
  const withFiles = (...names) => ({ manifest, files: new Map(names.map((name) => [name, new Uint8Array()])) });

  it('has what its exports name', () => {
    expect(contentProblems(withFiles(...whole))).toEqual([]);
    expect(contentProblems(withFiles(...whole.slice(0, -1)))).toEqual(['dist/index.d.ts is missing']);
  });

  it('has nothing of the repository’s own', () => {
    expect(contentProblems(withFiles(...whole, 'dist/index.js.map', 'dist/a.fixture.d.ts', 'src/index.ts'))).toEqual([
      'src/index.ts is none of the files that packages have',
      'dist/index.js.map is for this repository alone',
      'dist/a.fixture.d.ts is for this repository alone',
    ]);
  });

  it('names the software of others that its build holds', () => {
    const withBuild = (files) => {
      const { manifest, files: others } = withFiles(...whole);
      const texts = Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]);
      return { manifest, files: new Map([...others, ...texts]) };
    };
    const build = '// ../../node_modules/.pnpm/@a+b@1.0.0/node_modules/@a/b/dist/index.js\nvar b;\n';
    const problem = "@a/b is in the build, and the package's NOTICE does not name it";
    expect(contentProblems(withBuild({ 'dist/index.js': build }))).toEqual([problem]);
    expect(contentProblems(withBuild({ 'dist/index.js': build, NOTICE: 'c' }))).toEqual([problem]);
    expect(contentProblems(withBuild({ 'dist/index.js': build, NOTICE: '@a/b, MIT' }))).toEqual([]);
  });
});
