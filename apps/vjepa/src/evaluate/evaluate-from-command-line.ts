import { CommandError } from '../command-error.js';
import { loadDetectionConfig, loadEvaluationConfig, readConfigTree } from '../config/load-config.js';
import { taskDisplay } from '../display/task-display.js';
import type { EngineOptions } from '../engine/engine.js';
import { existingRun } from '../run/existing-run.js';
import { goOnNotice } from '../run/stop-notice.js';
import { textTable } from '../text-table.js';
import { evaluate } from './evaluate.js';
import { evaluateTrainedProbe } from './evaluate-trained-probe.js';
import { describeOutcomes, percent } from './evaluation-report.js';
import { type ModelOptions, type ResolvedOptions, resolveModelOptions } from './model-of-options.js';

export interface EvaluateCommandOptions extends EngineOptions, ModelOptions {
  cache?: string;
  probe?: string;
  predictions?: string;
  allowMissing: number;
  resume?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

/** The config for runs of one's own, and the runs whose encoder can be evaluated. */
const own = { config: 'configs/own/evaluation.yaml', kinds: ['pretraining', 'fine-tuning'] } as const;

/** Runs `vjepa evaluate`. */
export async function evaluateFromCommandLine(options: EvaluateCommandOptions): Promise<void> {
  const resolved = await resolveModelOptions(options, own);
  const { file, overrides, output: run } = resolved;
  if (readConfigTree(file).eval_name === 'action_detection_frozen') return detectFromCommandLine(options, resolved);
  const { config, notes } = loadEvaluationConfig(file, overrides);
  const { cache, predictions, allowMissing } = options;
  const all = [...resolved.notes, ...notes];
  const { begin, print } = taskDisplay();
  const common = { begin, print, config, notes: all, run, cache, predictions, allowMissing, engine: options };
  if (options.probe !== undefined) {
    await evaluateTrainedProbe({ ...common, probe: options.probe, json: options.json ?? false });
    return;
  }
  using _notice = goOnNotice(config, run);
  const outcome = await evaluate({ ...common, existing: existingRun(options) });
  const text = options.json
    ? JSON.stringify({ folder: outcome.folder.path, trainings: outcome.trainings }, null, 2)
    : `${describeOutcomes(outcome.trainings)}\n\nresults per class, confusion matrix: ${outcome.folder.results}`;
  process.stdout.write(`${text}\n`);
}

/** `eval_name: action_detection_frozen` */
async function detectFromCommandLine(options: EvaluateCommandOptions, resolved: ResolvedOptions): Promise<void> {
  const { config, notes: keys } = loadDetectionConfig(resolved.file, resolved.overrides);
  const notes = [...resolved.notes, ...keys];
  for (const name of ['probe', 'predictions'] as const) {
    if (options[name] !== undefined) throw new CommandError(`--${name} is not for ${config.eval_name}; leave it out`);
  }
  const { cache, allowMissing } = options;
  const run = resolved.output;
  using _notice = goOnNotice(config, run);
  const { evaluateDetection } = await import('../detection/evaluate-detection.js');
  const outcome = await evaluateDetection({
    ...{ config, notes, run, cache, allowMissing, engine: options },
    existing: existingRun(options),
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
    return;
  }
  const rows = [...outcome.result.perClass]
    .sort((a, b) => b.averagePrecision - a.averagePrecision)
    .map(({ name, positives, averagePrecision }) => [name, String(positives), percent(averagePrecision)]);
  process.stdout.write(`${textTable(['action', 'boxes', 'average precision'], rows)}\n\n`);
  for (const { reason } of outcome.failures) process.stdout.write(`not read: ${reason}\n`);
  process.stdout.write(`mAP at 0.5 overlap: ${percent(outcome.result.meanAveragePrecision)}; ${outcome.path}\n`);
}
