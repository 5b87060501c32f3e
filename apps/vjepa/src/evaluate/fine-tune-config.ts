import type { FloatTensor } from '@vjepa/engine';
import { type FineTuningOutcome, fineTune } from '@vjepa/evaluation';
import { type BeginTask, createRunLog, type ExistingRun } from '@vjepa/training';
import { requireHeads } from '../checkpoint/require-heads.js';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';
import { fineTuningPlan, fineTuningRecord } from '../config/fine-tuning-plan.js';
import { existingResults, resultsFolderOf } from '../config/results-folder.js';
import type { EngineOptions } from '../engine/engine.js';
import { requireSharedBatch } from '../engine/shared-batch.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { openEvaluationEngine } from './evaluate-config.js';

export interface FineTuneConfigOptions {
  config: FineTuningConfig;
  /** Notes on the config, to be printed first. */
  notes?: readonly string[];
  /** Where results go; default: beside the pretrained model. */
  run?: string | undefined;
  predictions?: string | undefined;
  allowMissing: number;
  /** Default: `resume_checkpoint` of the config, else refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  parameters?: Record<string, FloatTensor>;
  signal?: AbortSignal;
  /** Default: stderr. */
  print?: (line: string) => void;
  begin?: BeginTask;
}

/** Runs the fine-tuning that a config describes. */
export async function fineTuneConfig(options: FineTuneConfigOptions): Promise<FineTuningOutcome> {
  const { config, run, existing, predictions, allowMissing, parameters, signal, begin } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);
  const folder = resultsFolderOf(config, run);
  const plan = fineTuningPlan(config);
  const { batchSize, repeatedSampling } = plan.training;
  return fineTune({
    ...{ plan, predictions, allowMissing, parameters, signal, log, begin },
    folder: folder.path,
    existing: existingResults(existing, config.resume_checkpoint, folder),
    engine: async () => {
      if (parameters === undefined) await requireHeads(plan.checkpoint, plan.encoder);
      const engine = await openEvaluationEngine(config, options.engine);
      requireSharedBatch(
        engine,
        batchSize * repeatedSampling,
        'optimization.batch_size x optimization.repeated_sampling',
      );
      return engine;
    },
    record: fineTuningRecord(config),
    version: packageVersion(),
  });
}
