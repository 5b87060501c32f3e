import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { publishedInOrder } from './release/workspace.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file) => readFileSync(join(root, file), 'utf8');
const listed = (folder, ending) => readdirSync(join(root, folder)).filter((file) => file.endsWith(ending));
const pages = [...listed('.', '.md'), ...listed('docs', '.md').map((file) => `docs/${file}`)];

describe('what contributors read', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it('CONTRIBUTING.md names files to touch that are there, but for those of its example', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/`((?:packages|apps|configs|docs|fixtures)\/[\w./-]+)`/g)];
    const missing = named.map(([, path]) => path).filter((path) => !existsSync(join(root, path)));
    expect([...new Set(missing)]).toEqual([
      'packages/masks/src/random-frames.ts',
      'packages/masks/src/random-frames.test.ts',
    ]);
  });

  it('CITATION.cff has the version of the packages', () => {
    expect(parse(read('CITATION.cff')).version).toBe(publishedInOrder()[0].manifest.version);
  });

  it('forms for issues are YAML with a name, a description and a question', () => {
    for (const file of listed('.github/ISSUE_TEMPLATE', '.yml').filter((name) => name !== 'config.yml')) {
      const form = parse(read(`.github/ISSUE_TEMPLATE/${file}`));
      expect(form, file).toMatchObject({ name: expect.any(String), description: expect.any(String) });
      for (const { type, id, attributes } of form.body) {
        expect({ type, id, label: attributes.label }, file).toEqual({
          type: expect.stringMatching(/^(textarea|input)$/),
          id: expect.any(String),
          label: expect.any(String),
        });
      }
    }
  });
});
