import { describe, expect, it } from 'vitest';
import { manifestProblems } from './manifest-problems.mjs';
import { contentProblems } from './tarballs.mjs';
import { publishedInOrder } from './workspace.mjs';

const packages = publishedInOrder();

describe('what is published', () => {
  it.each(packages.map(({ folder, manifest }) => [folder, manifest]))(
    '%s says who, where and how',
    (folder, manifest) => {
      expect(manifestProblems(manifest, folder)).toEqual([]);
    },
  );

  it('has provenance, or is told', () => {
    const [{ folder, manifest }] = packages;
    const problems = manifestProblems({ ...manifest, publishConfig: { access: 'public' } }, folder);
    expect(problems).toEqual([
      'publishConfig is {"access":"public"}, and should be {"access":"public","provenance":true}',
    ]);
  });

  it('has dependencies that a registry knows', () => {
    const { folder, manifest } = packages.find(({ manifest }) => manifest.name === '@vjepa/vit');
    const problems = manifestProblems(manifest, folder, { packed: true });
    expect(problems).toContain('dependencies has @vjepa/engine: workspace:^');
    const resolved = { ...manifest, dependencies: { '@vjepa/engine': '^0.1.0' } };
    expect(manifestProblems(resolved, folder, { packed: true })).toEqual([]);
  });

  it('runs nothing when it is installed', () => {
    const [{ folder, manifest }] = packages;
    const problems = manifestProblems({ ...manifest, scripts: { postinstall: 'node fetch.js' } }, folder);
    expect(problems).toEqual(['there is an install script, postinstall']);
  });
});

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
});
