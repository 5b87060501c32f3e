import { join, parse } from 'node:path';
import {
  type Cell,
  cellName,
  type Experiment,
  type ExperimentResults,
  experimentSoFar,
  LAPTOP_SIZES,
  paperExperiment,
  resultsPage,
  roomRows,
  runExperiment,
  smokeExperiment,
} from '@vjepa/results';
import { listenForStop, makeFolder, textTable, writeFileAtomically } from '@vjepa/training';
import { loadPretrainingConfig } from '../config/load-config.js';
import { pretrainingSettings } from '../config/pretraining-settings.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { invocation } from '../invocation.js';
import { packageVersion } from '../package-version.js';
import { experimentDisplay } from './experiment-display.js';

export interface ResultsOptions extends EngineOptions {
  config: string;
  folder: string;
  output?: string;
  full?: boolean;
  smoke?: boolean;
  seeds?: number;
}

/**
 * The paper's comparisons on generated videos, from beginning to end, and a page about them. Everything is kept in the folder:
 * what was stopped goes on where it was.
 */
export async function results(options: ResultsOptions): Promise<void> {
  const { folder, output = join(folder, 'results.md') } = options;
  const experiment = experimentOf(options);
  const display = experimentDisplay();
  const stopping = new AbortController();
  const stop = listenForStop((signal) => {
    display.print(`${signal}: finishing this step, then saving; again to leave at once`);
    stopping.abort();
  });
  const [room] = experiment.comparisons;
  try {
    const found = await runExperiment({
      ...{ experiment, folder, signal: stopping.signal, version: packageVersion(), command: invocation() },
      openEngine: (precision) => openEngine({ ...options, precision }),
      onProgress: display.progress,
      onResult(cell, seed, { top1 }) {
        display.print(`${describe(cell)}, seed ${seed}: ${top1.toFixed(1)} %`);
        if (cellName(cell) === cellName(room!.cells.at(-1)!))
          display.print(roomOf(experimentSoFar(experiment, folder)));
      },
      say: display.print,
    });
    display.close();
    if (found === undefined) {
      process.stderr.write(`${stop.signal}: stopped; go on with: ${invocation()}\n`);
      process.exitCode = stop.exitCode;
      return;
    }
    writePage(found, output);
    process.stdout.write(`${roomOf(found)}\nwritten to ${output}\n`);
  } finally {
    display.close();
    stop.close();
  }
}

function experimentOf({ smoke = false, full = false, ...options }: ResultsOptions): Experiment {
  const { seeds = full ? 3 : 1 } = options;
  const drawn = Array.from({ length: seeds }, (_, seed) => seed);
  if (smoke) return smokeExperiment(drawn);
  const { config } = loadPretrainingConfig(options.config);
  const {
    videos: _,
    seed: _seed,
    startFrom: _from,
    checkpoints: _kept,
    tag: _tag,
    ...recipe
  } = pretrainingSettings(config);
  const scope = full ? 'full' : 'core';
  return paperExperiment({ ...LAPTOP_SIZES[scope], recipe, scope, seeds: drawn });
}

function describe({ start, method, label, share, videos }: Cell): string {
  return `${start}, ${method}, ${label}, ${100 * share} % of the labels${videos === undefined ? '' : ` (${videos})`}`;
}

function roomOf(found: ExperimentResults): string {
  const { header, rows } = roomRows(found);
  return `\n${textTable(header, rows)}\n`;
}

/** The page, and beside it a folder with the results and the charts. */
function writePage(found: ExperimentResults, output: string): void {
  const { name, dir } = parse(output);
  const beside = join(dir, name);
  makeFolder(beside, 'choose another with --output');
  const { markdown, charts } = resultsPage(found, { folder: name });
  writeFileAtomically(join(beside, 'results.json'), `${JSON.stringify(found)}\n`);
  for (const [file, svg] of Object.entries(charts)) writeFileAtomically(join(beside, file), svg);
  writeFileAtomically(output, markdown);
}
