import { EngineError } from '@vjepa/engine';
import { runProbe } from '@vjepa/evaluation';
import {
  type ExistingRun,
  type LineKind,
  type PretrainingObserver,
  type PretrainingResult,
  pretrain,
  tensorBoardObserver,
} from '@vjepa/training';
import { configRecord } from '../config/config-record.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { probeSettings } from '../config/probe-settings.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { engineProblem } from '../engine/engine-problem.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';

export interface RunPretrainingOptions {
  config: PretrainingConfig;
  /** Notes on config keys, for the log. */
  notes?: readonly string[];
  /** The run folder. */
  run: string;
  existing: ExistingRun;
  engine?: EngineOptions;
  /** Where lines go, besides the run's console log; default stderr. */
  print?: (line: string, kind: LineKind) => void;
  observers?: readonly PretrainingObserver[];
}

/**
 * Pretrains as a config says: its plan, its TensorBoard files and its probe, in the command line's words.
 *
 * @throws as `pretrain` of @vjepa/training does
 */
export async function runPretraining(options: RunPretrainingOptions): Promise<PretrainingResult> {
  const { config, observers = [] } = options;
  const { images_every: imagesEvery, tensorboard } = config.logging;
  const plan = planOf(config);
  const { precision } = plan.settings;
  try {
    return await pretrain({
      plan,
      folder: options.run,
      existing: options.existing,
      engine: () => openEngine({ ...options.engine, precision, bfloat16Setting: 'meta.dtype: bfloat16' }),
      observers: [...(tensorboard ? [tensorBoardObserver({ imagesEvery })] : []), ...observers],
      evaluators: config.probe === null ? [] : [runProbe(probeSettings(config.probe))],
      record: configRecord(config),
      notes: options.notes,
      print: options.print,
      nameOf: commandLineName,
      version: packageVersion(),
    });
  } catch (error) {
    throw error instanceof EngineError ? engineProblem(error, 'data.batch_size') : error;
  }
}
