import type { HostGroup } from '@vjepa/engine';
import {
  type DetectionOutcome,
  detect,
  type EvaluationOutcome,
  evaluate,
  type FineTuningOutcome,
  fineTune,
} from '@vjepa/evaluation';
import { type BeginTask, createRunLog, type ExistingRun } from '@vjepa/training';
import type { ClipEncoder } from '@vjepa/vit';
import { requireHeads } from '../checkpoint/load-encoder.js';
import type { DetectionConfig } from '../config/detection-config.js';
import { detectionPlan } from '../config/detection-plan.js';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { evaluationPlan } from '../config/evaluation-plan.js';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';
import { fineTuningPlan } from '../config/fine-tuning-plan.js';
import { existingResults, resultsFolderOf } from '../config/results-folder.js';
import { resultsRecord } from '../config/shared-settings.js';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { requireSharedBatch } from '../engine/shared-batch.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';

export interface RunConfigOptions<Config> {
  config: Config;
  /** Notes on the config, to be printed first. */
  notes?: readonly string[];
  /** Where results go; default: the reference's place, beside the pretrained model. */
  run?: string | undefined;
  cache?: string | undefined;
  predictions?: string | undefined;
  allowMissing: number;
  /** Default: `resume_checkpoint` of the config, else refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  /** Processes that share an evaluation. */
  hosts?: HostGroup | undefined;
  signal?: AbortSignal;
  /** Default: stderr. */
  print?: (line: string) => void;
  begin?: BeginTask;
}

/** Runs the evaluation that a config describes. */
export async function evaluateConfig(options: RunConfigOptions<EvaluationConfig>): Promise<EvaluationOutcome> {
  const { config, cache, predictions } = options;
  const plan = evaluationPlan(config);
  return evaluate({ plan, cache, predictions, hosts: options.hosts, ...runOptions(options, plan) });
}

/** Runs the action detection that a config describes. */
export async function detectConfig(options: RunConfigOptions<DetectionConfig>): Promise<DetectionOutcome> {
  const { config, cache } = options;
  const plan = detectionPlan(config);
  return detect({ plan, cache, ...runOptions(options, plan) });
}

/** Runs the fine-tuning that a config describes. */
export async function fineTuneConfig(options: RunConfigOptions<FineTuningConfig>): Promise<FineTuningOutcome> {
  const { config, predictions } = options;
  const plan = fineTuningPlan(config);
  const { batchSize, repeatedSampling } = plan.training;
  const setting = 'optimization.batch_size x optimization.repeated_sampling';
  const shared = (engine: Engine) => requireSharedBatch(engine, batchSize * repeatedSampling, setting);
  return fineTune({ plan, predictions, ...runOptions(options, plan, shared) });
}

/**
 * What all three are told besides their plan.
 *
 * @param check refuses an engine that does not suit
 */
function runOptions(
  options: RunConfigOptions<EvaluationConfig | FineTuningConfig | DetectionConfig>,
  plan: { checkpoint: string | null; encoder: ClipEncoder },
  check: (engine: Engine) => void = () => {},
) {
  const { config, run, allowMissing, signal, begin, hosts } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);
  const folder = resultsFolderOf(config, run);
  return {
    ...{ allowMissing, signal, begin, log, record: resultsRecord(config) },
    folder: folder.path,
    existing: existingResults(options.existing, 'resume_checkpoint' in config && config.resume_checkpoint, folder),
    engine: async () => {
      await requireHeads(plan.checkpoint, plan.encoder);
      const engine = await openEvaluationEngine(config, { ...options.engine, hosts });
      check(engine);
      return engine;
    },
    version: packageVersion(),
  };
}

/** The engine in the precision that a config asks for. */
export function openEvaluationEngine(
  config: { optimization: { use_bfloat16: boolean } },
  engine: EngineOptions,
): Promise<Engine> {
  const precision = config.optimization.use_bfloat16 ? 'bfloat16' : 'float32';
  return openEngine({ ...engine, precision, bfloat16Setting: 'optimization.use_bfloat16: true' });
}
