import { join } from 'node:path';
import {
  cellName,
  describeCell,
  type Experiment,
  experimentSoFar,
  LAPTOP_SIZES,
  paperExperiment,
  roomTable,
  runExperiment,
  smokeExperiment,
  writeResultsPage,
} from '@vjepa/results';
import { listenForStop } from '@vjepa/training';
import { CommandError } from '../command-error.js';
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
  length?: number;
  smoke?: boolean;
  seeds?: number;
  firstSeed?: number;
  /** Only writes the page, of what is in the folder. */
  soFar?: boolean;
}

/**
 * The paper's comparisons on generated videos, from beginning to end, and a page about them. Everything is kept in the folder:
 * what was stopped goes on where it was.
 */
export async function results(options: ResultsOptions): Promise<void> {
  const { folder, output = join(folder, 'results.md') } = options;
  const experiment = experimentOf(options);
  if (options.soFar) {
    const found = experimentSoFar(experiment, folder);
    if (found.cells.length === 0) {
      throw new CommandError(`${folder}: nothing of this experiment is measured yet; run it without --so-far`);
    }
    writeResultsPage({ ...found, command: invocation() }, output);
    process.stdout.write(`written to ${output}: ${found.cells.length} accuracies\n`);
    return;
  }
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
        display.print(`${describeCell(cell)}, seed ${seed}: ${top1.toFixed(1)} %`);
        if (cellName(cell) === cellName(room!.cells.at(-1)!))
          display.print(`\n${roomTable(experimentSoFar(experiment, folder))}\n`);
      },
      say: display.print,
    });
    display.close();
    if (found === undefined) {
      process.stderr.write(`${stop.signal}: stopped; go on with: ${invocation()}\n`);
      process.exitCode = stop.exitCode;
      return;
    }
    writeResultsPage(found, output);
    process.stdout.write(`\n${roomTable(found)}\n\nwritten to ${output}\n`);
  } finally {
    display.close();
    stop.close();
  }
}

function experimentOf({ smoke = false, full = false, ...options }: ResultsOptions): Experiment {
  const { seeds = full ? 3 : 1, firstSeed = 0 } = options;
  const drawn = Array.from({ length: seeds }, (_, index) => firstSeed + index);
  if (smoke) return smokeExperiment(drawn);
  const { config } = loadPretrainingConfig(options.config);
  const {
    videos: _,
    seed: _seed,
    startFrom: _goneOn,
    from: _from,
    checkpoints: _kept,
    tag: _tag,
    ...recipe
  } = pretrainingSettings(config);
  const scope = full ? 'full' : 'core';
  const { length = LAPTOP_SIZES[scope].length } = options;
  return paperExperiment({ ...LAPTOP_SIZES[scope], recipe, scope, length, seeds: drawn });
}
