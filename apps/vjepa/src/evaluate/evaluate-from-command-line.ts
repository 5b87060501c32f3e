import { loadEvaluationConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import type { EngineOptions } from '../engine/engine.js';
import { evaluate } from './evaluate.js';
import { evaluateTrainedProbe } from './evaluate-trained-probe.js';
import { describeOutcomes } from './evaluation-report.js';

export interface EvaluateCommandOptions extends EngineOptions {
  config: string;
  set: Override[];
  run?: string;
  cache?: string;
  probe?: string;
  predictions?: string;
  allowMissing: number;
  resume?: boolean;
  json?: boolean;
}

/** Runs `vjepa evaluate`. */
export async function evaluateFromCommandLine(options: EvaluateCommandOptions): Promise<void> {
  const { config, notes } = loadEvaluationConfig(options.config, options.set);
  const { run, cache, predictions, allowMissing } = options;
  const common = { config, notes, run, cache, predictions, allowMissing, engine: options };
  if (options.probe !== undefined) {
    await evaluateTrainedProbe({ ...common, probe: options.probe, json: options.json ?? false });
    return;
  }
  const outcome = await evaluate({ ...common, resume: options.resume ?? false });
  const text = options.json
    ? JSON.stringify({ folder: outcome.folder.path, trainings: outcome.trainings }, null, 2)
    : `${describeOutcomes(outcome.trainings)}\n\nresults per class, confusion matrix: ${outcome.folder.results}`;
  process.stdout.write(`${text}\n`);
}
