import { isFirstHost } from '@vjepa/engine';
import {
  describeAnticipation,
  describeDetection,
  describeOutcomes,
  describePredictions,
  describePublished,
  describePublishedRecall,
  describeRecall,
  evaluateTrainedProbe,
  type Prediction,
  type TrainingOutcome,
} from '@vjepa/evaluation';
import { createRunLog, Sentence } from '@vjepa/training';
import { requireHeads } from '../checkpoint/load-encoder.js';
import { CommandError } from '../command-error.js';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { evaluationPlan } from '../config/evaluation-plan.js';
import { loadDetectionConfig, loadEvaluationConfig, readConfigTree } from '../config/load-config.js';
import { resultsFolderOf } from '../config/results-folder.js';
import { type TaskDisplay, taskDisplay } from '../display/task-display.js';
import type { EngineOptions } from '../engine/engine.js';
import { detectConfig, evaluateConfig, openEvaluationEngine } from '../evaluate/run-config.js';
import { withHosts } from '../hosts/with-hosts.js';
import { commandLineName } from '../option-names.js';
import { existingRun, startedAgain } from './existing-run.js';
import { type ModelOptions, type ResolvedOptions, resolveModelOptions } from './model-of-options.js';
import type { ProbeOptions } from './probe-options.js';
import { stoppable } from './stoppable.js';

export interface EvaluateCommandOptions extends EngineOptions, ModelOptions, ProbeOptions {
  cache?: string;
  probe?: string;
  predictions?: string;
  allowMissing: number;
  resume?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

type Plan = ReturnType<typeof evaluationPlan>;

/** The config for runs of one's own, and the runs whose encoder can be evaluated. */
const own = { config: 'configs/own/evaluation.yaml', kinds: ['pretraining', 'fine-tuning'] } as const;

/** How many samples are listed with their likeliest classes. */
const MOST_LISTED = 50;

/** Runs `vjepa evaluate`. */
export async function evaluateFromCommandLine(options: EvaluateCommandOptions): Promise<void> {
  const idle = (['as', 'head', 'layers'] as const).find((name) => options[name] !== undefined);
  if (idle !== undefined && options.probe === undefined) {
    throw new CommandError(`--${idle} says how a trained probe is used; name it with --probe`);
  }
  const resolved = await resolveModelOptions(options, own);
  const { file, overrides, output: run } = resolved;
  if (readConfigTree(file).eval_name === 'action_detection_frozen') return detectFromCommandLine(options, resolved);
  const { config, notes } = loadEvaluationConfig(file, overrides);
  const all = [...resolved.notes, ...notes];
  const display = taskDisplay();
  if (options.probe !== undefined) return askProbe(options, options.probe, config, all, display);
  if (config.val_only) {
    throw new CommandError(
      `${file}: val_only: true asks a trained probe; name it with --probe, or train with a file of heads`,
    );
  }
  const { path: folder, config: settings } = resultsFolderOf(config, run);
  const existing = startedAgain(settings, true) ?? existingRun(options);
  const { cache, predictions, allowMissing } = options;
  const evaluating = {
    ...display,
    config,
    notes: all,
    run,
    cache,
    predictions,
    allowMissing,
    engine: options,
    existing,
  };
  const { outcome, isFirst } = await withHosts(
    () => `What was done is in ${folder}`,
    async (hosts) => ({
      isFirst: isFirstHost(hosts),
      outcome: await stoppable(settings, (signal) => evaluateConfig({ ...evaluating, hosts, signal })),
    }),
  );
  if (outcome.stopped || !isFirst) return;
  const text = options.json
    ? JSON.stringify({ folder: outcome.folder.path, trainings: outcome.trainings }, null, 2)
    : [
        ...describeTrainings(evaluationPlan(config), outcome.trainings),
        ...['', `results per class, confusion matrix: ${outcome.folder.results}`],
      ].join('\n');
  process.stdout.write(`${text}\n`);
}

/** What was found, and what papers have. */
function describeTrainings(plan: Plan, trainings: readonly TrainingOutcome[]): string[] {
  if (plan.kind === 'action_anticipation_frozen') {
    return [describeAnticipation(trainings), ...describePublishedRecall(plan)];
  }
  return [describeOutcomes(trainings), ...describePublished(plan, trainings)];
}

/** A trained probe on the validation set: each sample's likeliest classes, and the accuracy. */
async function askProbe(
  options: EvaluateCommandOptions,
  probe: string,
  config: EvaluationConfig,
  notes: readonly string[],
  { begin, print }: TaskDisplay,
): Promise<void> {
  const { cache, predictions, allowMissing, as, head, layers } = options;
  const log = createRunLog({ print, nameOf: commandLineName });
  for (const note of notes) log(`note: ${note}`);
  const planned = evaluationPlan(config);
  const plan = { ...planned, layers: layers ?? planned.layers };
  const listed: Prediction[] = [];
  let answered = 0;
  const { result, classes } = await evaluateTrainedProbe({
    ...{ plan, probe, as, head, cache, predictions, allowMissing, log, begin },
    engine: async () => {
      await requireHeads(plan.checkpoint, plan.encoder);
      return openEvaluationEngine(config, options);
    },
    onPrediction(prediction) {
      if (answered++ < MOST_LISTED) listed.push(prediction);
    },
  });
  if (options.json) {
    const answers = listed.map(({ probabilities, ...rest }) => ({ ...rest, probabilities: [...probabilities] }));
    process.stdout.write(`${JSON.stringify({ ...result, predictions: answers }, null, 2)}\n`);
    return;
  }
  process.stdout.write(describePredictions(listed, answered, result, classes));
  if (plan.kind !== 'action_anticipation_frozen') return;
  process.stdout.write(`${[describeRecall(result), ...describePublishedRecall(plan)].join('\n')}\n`);
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
  const existing = existingRun(options);
  const outcome = await stoppable(resultsFolderOf(config, run).config, (signal) =>
    detectConfig({ config, notes, run, cache, allowMissing, engine: options, existing, signal }),
  );
  if (outcome.stopped) return;
  const { path } = outcome.folder;
  const { result } = outcome;
  const failures = outcome.failures.map(({ video, reason }) => ({
    video,
    reason: reason instanceof Sentence ? reason.inWords(commandLineName) : reason,
  }));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ path, result, failures }, null, 2)}\n`);
    return;
  }
  for (const { reason } of failures) process.stdout.write(`not read: ${reason}\n`);
  process.stdout.write(`${describeDetection(result)}; ${path}\n`);
}
