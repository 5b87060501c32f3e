import { writeReport } from '@vjepa/report';
import { pretrainingConfigFile } from '../checkpoint/pretrained-model.js';
import { CONFIG_FILE } from '../config/config-record.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';

export interface ReportOptions extends EngineOptions {
  output?: string;
  /** Videos that the model is run on; 0: none, the report then shows numbers only. */
  clips?: number;
  json?: boolean;
}

/** Writes the report of a run, one HTML file, and says where it is. */
export async function report(run: string, options: ReportOptions = {}): Promise<void> {
  const { config } = loadPretrainingConfig(pretrainingConfigFile(run));
  const { output, steps, warnings, problem } = await writeReport({
    run,
    plan: planOf(config),
    settingsFile: CONFIG_FILE,
    output: options.output,
    clips: options.clips,
    engine: () => openEngine(options),
    program: `vjepa ${packageVersion()}`,
    nameOf: commandLineName,
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ output, steps, warnings, problem })}\n`);
    return;
  }
  if (problem !== undefined)
    process.stderr.write(`note: the report has no pictures of masks and features: ${problem}\n`);
  process.stdout.write(`${output}\n`);
}
