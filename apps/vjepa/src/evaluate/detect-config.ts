import { type DetectionOutcome, detect } from '@vjepa/evaluation';
import { createRunLog, type ExistingRun } from '@vjepa/training';
import { requireHeads } from '../checkpoint/require-heads.js';
import type { DetectionConfig } from '../config/detection-config.js';
import { detectionPlan, detectionRecord } from '../config/detection-plan.js';
import { resultsFolderOf } from '../config/results-folder.js';
import type { EngineOptions } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { openEvaluationEngine } from './evaluate-config.js';

export interface DetectConfigOptions {
  config: DetectionConfig;
  /** Notes on the config, to be printed first. */
  notes?: readonly string[];
  /** Where results go; default: beside the pretrained model. */
  run?: string | undefined;
  cache?: string | undefined;
  allowMissing: number;
  /** Default: refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  signal?: AbortSignal;
}

/** Runs the action detection that a config describes. */
export async function detectConfig(options: DetectConfigOptions): Promise<DetectionOutcome> {
  const { config, run, existing, cache, allowMissing, signal } = options;
  const log = createRunLog({ nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);
  const plan = detectionPlan(config);
  return detect({
    ...{ plan, cache, allowMissing, existing, signal, log },
    folder: resultsFolderOf(config, run).path,
    engine: async () => {
      await requireHeads(plan.checkpoint, plan.encoder);
      return openEvaluationEngine(config, options.engine);
    },
    record: detectionRecord(config),
    version: packageVersion(),
  });
}
