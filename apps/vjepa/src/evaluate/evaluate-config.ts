import type { HostTensor } from '@vjepa/engine';
import { type EvaluationOutcome, evaluate } from '@vjepa/evaluation';
import { type BeginTask, createRunLog, type ExistingRun } from '@vjepa/training';
import { requireHeads } from '../checkpoint/require-heads.js';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { evaluationPlan, evaluationRecord } from '../config/evaluation-plan.js';
import { existingResults, resultsFolderOf } from '../config/results-folder.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';

export interface EvaluateConfigOptions {
  config: EvaluationConfig;
  /** Notes on the config, to be printed first. */
  notes?: readonly string[];
  /** Where results go; default: the reference's place. */
  run?: string | undefined;
  cache?: string | undefined;
  predictions?: string | undefined;
  allowMissing: number;
  /** Default: `resume_checkpoint` of the config, else refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  parameters?: Record<string, HostTensor>;
  signal?: AbortSignal;
  /** Default: stderr. */
  print?: (line: string) => void;
  begin?: BeginTask;
}

/** Runs the evaluation that a config describes. */
export async function evaluateConfig(options: EvaluateConfigOptions): Promise<EvaluationOutcome> {
  const { config, run, existing, cache, predictions, allowMissing, parameters, signal, begin } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);
  const folder = resultsFolderOf(config, run);
  const plan = evaluationPlan(config);
  return evaluate({
    ...{ plan, cache, predictions, allowMissing, parameters, signal, log, begin },
    folder: folder.path,
    existing: existingResults(existing, config.resume_checkpoint, folder),
    engine: async () => {
      if (parameters === undefined) await requireHeads(plan.checkpoint, plan.encoder);
      return openEvaluationEngine(config, options.engine);
    },
    record: evaluationRecord(config),
    version: packageVersion(),
  });
}

/** The engine in the precision that a config asks for. */
export function openEvaluationEngine(config: { optimization: { use_bfloat16: boolean } }, engine: EngineOptions) {
  const precision = config.optimization.use_bfloat16 ? 'bfloat16' : 'float32';
  return openEngine({ ...engine, precision, bfloat16Setting: 'optimization.use_bfloat16: true' });
}
