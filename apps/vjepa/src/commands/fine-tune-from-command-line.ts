import { describeFineTuning } from '@vjepa/evaluation';
import { loadFineTuningConfig } from '../config/load-config.js';
import { resultsFolderOf } from '../config/results-folder.js';
import { nextCommands } from '../display/next-commands.js';
import { taskDisplay } from '../display/task-display.js';
import type { EngineOptions } from '../engine/engine.js';
import { fineTuneConfig } from '../evaluate/run-config.js';
import { existingRun } from './existing-run.js';
import { type ModelOptions, resolveModelOptions } from './model-of-options.js';
import { stoppable } from './stoppable.js';

export interface FineTuneCommandOptions extends EngineOptions, ModelOptions {
  predictions?: string;
  allowMissing: number;
  resume?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

/** The config for runs of one's own, and the runs whose encoder can be fine-tuned: one fine-tuned before is gone on with. */
const own = { config: 'configs/own/finetune.yaml', kinds: ['pretraining'] } as const;

/** Runs `vjepa finetune`. */
export async function fineTuneFromCommandLine(options: FineTuneCommandOptions): Promise<void> {
  const { file, overrides, output: run, notes: known } = await resolveModelOptions(options, own);
  const { config, notes: keys } = loadFineTuningConfig(file, overrides);
  const notes = [...known, ...keys];
  const { predictions, allowMissing } = options;
  const existing = existingRun(options);
  const display = taskDisplay();
  const outcome = await stoppable(resultsFolderOf(config, run).config, (signal) =>
    fineTuneConfig({
      ...{ ...display, config, notes, run, predictions, allowMissing, engine: options, existing, signal },
    }),
  );
  if (outcome.stopped) return;
  const { folder, stopped: _, ...results } = outcome;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ path: folder.path, ...results }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${describeFineTuning(results)}\n\nrun folder: ${folder.path}\n`);
  for (const line of nextCommands(folder.path, 'fine-tuning')) process.stderr.write(`${line}\n`);
}
