import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withOneVersion, withUnreleasedInVersion } from './release-plan.mjs';
import { publishedInOrder, root } from './workspace.mjs';

const release = (name, type, newVersion) => ({ name, type, oldVersion: '0.1.3', newVersion, changesets: [] });

describe('the version of a release', () => {
  it('is one for all, also where changesets would raise what has a peer by a major version', () => {
    const plan = {
      changesets: [{ releases: [{ name: '@vjepa/xla', type: 'minor' }] }],
      releases: [release('@vjepa/xla', 'major', '1.0.0'), release('@vjepa/engine', 'major', '1.0.0')],
    };
    expect(withOneVersion(plan).releases.map(({ type, newVersion }) => [type, newVersion])).toEqual([
      ['minor', '0.2.0'],
      ['minor', '0.2.0'],
    ]);
  });

  it('goes by the largest change', () => {
    const plan = {
      changesets: [
        { releases: [{ name: 'vjepa', type: 'patch' }] },
        { releases: [{ name: '@vjepa/masks', type: 'minor' }] },
      ],
      releases: [release('vjepa', 'patch', '0.1.4')],
    };
    expect(withOneVersion(plan).releases[0].newVersion).toBe('0.2.0');
    expect(withOneVersion({ ...plan, changesets: plan.changesets.slice(0, 1) }).releases[0].newVersion).toBe('0.1.4');
  });

  it('is that of every published package', () => {
    const { fixed } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8'));
    expect(fixed).toEqual([['vjepa', '@vjepa/*']]);
    const versions = new Set(publishedInOrder().map(({ manifest }) => manifest.version));
    expect([...versions]).toHaveLength(1);
  });
});

describe('a changelog', () => {
  it('has what was unreleased under the new version', () => {
    const before =
      '# X\n\n## 0.2.0\n\n### Minor Changes\n\n- New.\n\n## Unreleased\n\n- Older.\n\n## 0.1.0\n\nFirst.\n';
    const after = '# X\n\n## 0.2.0\n\n- Older.\n\n### Minor Changes\n\n- New.\n\n## 0.1.0\n\nFirst.\n';
    expect(withUnreleasedInVersion(before)).toBe(after);
    // The first release has none before it.
    const first = '# X\n\n## 0.2.0\n\n### Minor Changes\n\n- New.\n\n## Unreleased\n\n- Older.\n';
    expect(withUnreleasedInVersion(first)).toBe('# X\n\n## 0.2.0\n\n- Older.\n\n### Minor Changes\n\n- New.\n');
  });

  it('says of a version that there is nothing of its own', () => {
    const said = '# X\n\n## 0.2.1\n\nNo changes of its own; released with the others.\n\n## 0.2.0\n\n- New.\n';
    expect(withUnreleasedInVersion('# X\n\n## 0.2.1\n\n## 0.2.0\n\n- New.\n')).toBe(said);
    expect(withUnreleasedInVersion(said)).toBe(said);
    expect(withUnreleasedInVersion('# X\n\n## 0.2.1\n')).toBe(
      '# X\n\n## 0.2.1\n\nNo changes of its own; released with the others.\n',
    );
  });

  it('without an unreleased part stays as it is, and no part of an older version moves', () => {
    const changelog = '# X\n\n## 0.2.0\n\n- New.\n\n## 0.1.0\n\nFirst.\n';
    expect(withUnreleasedInVersion(changelog)).toBe(changelog);
    const odd = '# X\n\n## Unreleased\n\n- Not yet.\n\n## 0.1.0\n\nFirst.\n';
    expect(withUnreleasedInVersion(odd)).toBe(odd);
  });
});

describe('the order of publication', () => {
  it('has each package after its dependencies', () => {
    const order = publishedInOrder();
    const names = order.map(({ manifest }) => manifest.name);
    for (const { manifest } of order) {
      for (const needed of Object.keys(manifest.dependencies ?? {}).filter((name) => names.includes(name))) {
        expect(names.indexOf(needed), `${needed} before ${manifest.name}`).toBeLessThan(names.indexOf(manifest.name));
      }
    }
  });
});
