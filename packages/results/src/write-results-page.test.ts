import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { smokeExperiment } from './paper-sizes.js';
import type { ExperimentResults } from './results-file.js';
import { writeResultsPage } from './write-results-page.js';

const results: ExperimentResults = { experiment: smokeExperiment([0]), pretrainings: [], cells: [] };

describe('writeResultsPage', () => {
  it('writes the page, and beside it everything that it refers to', () => {
    const folder = temporaryFolder('results-page');
    const page = join(folder, 'first results.md');
    writeResultsPage(results, page);
    const markdown = readFileSync(page, 'utf8');
    const references = [...markdown.matchAll(/\]\(([^)]+)\)|src="([^"]+)"/g)].map(
      ([, link, source]) => (link ?? source)!,
    );
    expect(references.length).toBeGreaterThan(3);
    for (const reference of references) {
      expect(reference).not.toContain(' ');
      expect(existsSync(join(folder, decodeURIComponent(reference))), reference).toBe(true);
    }
    expect(JSON.parse(readFileSync(join(folder, 'first results', 'results.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(results)),
    );
  });

  it('names what is in the way of its folder', () => {
    const folder = temporaryFolder('results-page');
    writeFileSync(join(folder, 'page'), '');
    expect(() => writeResultsPage(results, join(folder, 'page.md'))).toThrow(/page: the folder cannot be made/);
  });
});
