import { describe, expect, it } from 'vitest';
import { manifestProblems } from './manifest-problems.mjs';
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
