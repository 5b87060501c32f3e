import { join, parse } from 'node:path';
import { makeFolder, writeFileAtomically } from '@vjepa/training';
import type { ExperimentResults } from './results-file.js';
import { resultsPage } from './results-page.js';

/**
 * Writes the page, and what it refers to into a folder beside it, which is named as it is: `results.json` and the charts.
 *
 * @param path a Markdown file
 * @throws InputError where the folder cannot be made, or a file of these not be written
 */
export function writeResultsPage(results: ExperimentResults, path: string): void {
  const { name, dir } = parse(path);
  const beside = join(dir, name);
  makeFolder(beside);
  const { markdown, charts } = resultsPage(results, { folder: encodeURIComponent(name) });
  writeFileAtomically(join(beside, 'results.json'), `${JSON.stringify(results)}\n`);
  for (const [file, svg] of Object.entries(charts)) writeFileAtomically(join(beside, file), svg);
  writeFileAtomically(path, markdown);
}
