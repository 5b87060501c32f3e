import { loadFineTuningConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import type { EngineOptions } from '../engine/engine.js';
import { percent } from '../evaluate/evaluation-report.js';
import { textTable } from '../text-table.js';
import { fineTune } from './fine-tune.js';

export interface FineTuneCommandOptions extends EngineOptions {
  config: string;
  set: Override[];
  run?: string;
  predictions?: string;
  allowMissing: number;
  resume?: boolean;
  json?: boolean;
}

/** Runs `vjepa finetune`. */
export async function fineTuneFromCommandLine(options: FineTuneCommandOptions): Promise<void> {
  const { config, notes } = loadFineTuningConfig(options.config, options.set);
  const { run, predictions, allowMissing, resume = false } = options;
  const outcome = await fineTune({ config, notes, run, predictions, allowMissing, resume, engine: options });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
    return;
  }
  const rows = (['validation', 'test'] as const).flatMap((set) => {
    const result = outcome[set];
    if (!result) return [];
    return [[set, String(result.count), percent(result.top1), percent(result.top5), percent(result.meanPerClass)]];
  });
  process.stdout.write(
    `${textTable(['set', 'videos', 'top-1', 'top-5', 'per class'], rows)}\n\nrun folder: ${outcome.path}\n`,
  );
}
