import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { removePartialFiles } from './partial-files.js';
import { claimResultsFolder, resultsFolder } from './results-folder.js';
import { settingsRecord } from './run-record.js';

const HALF = '.state.safetensors.123.2330cb31.tmp';

it('halves of a run’s own files are removed, and nothing else', () => {
  const folder = temporaryFolder('partial');
  mkdirSync(join(folder, 'draw'));
  for (const name of [
    HALF,
    'state.safetensors',
    '.other.csv.123.2330cb31.tmp',
    'state.safetensors.tmp',
    `draw/${HALF}`,
  ])
    writeFileSync(join(folder, name), 'half');
  removePartialFiles(['state.safetensors', 'draw', 'nowhere/file'].map((name) => join(folder, name)));
  expect(readdirSync(folder).sort()).toEqual([
    '.other.csv.123.2330cb31.tmp',
    'draw',
    'state.safetensors',
    'state.safetensors.tmp',
  ]);
  expect(readdirSync(join(folder, 'draw'))).toEqual([]);
});

it.each(['resume', 'overwrite'] as const)('%s clears what a killed process was writing', async (existing) => {
  const path = temporaryFolder('partial');
  const record = settingsRecord('probing', {});
  const claim = {
    folder: resultsFolder(path, record),
    record,
    kind: 'probing',
    work: [join(path, 'state.safetensors')],
  };
  const experiment = { config: {}, sets: {}, weights: {} };
  const say = () => undefined;
  (await claimResultsFolder({ ...claim, experiment, existing: 'refuse', say })).release();
  for (const name of [HALF, '.results.json.7.0.tmp']) writeFileSync(join(path, name), 'half');
  (await claimResultsFolder({ ...claim, experiment, existing, say })).release();
  expect(readdirSync(path).sort()).toEqual(['experiment.json', 'settings.json']);
});
