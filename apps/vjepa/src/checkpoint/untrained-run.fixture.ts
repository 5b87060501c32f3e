import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flatten, type HostTensor } from '@vjepa/engine';
import { saveCheckpoint } from '@vjepa/training';
import { CONFIG_FILE, configRecord } from '../config/config-record.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';

/** Makes the folder of a run of configs/pretrain/smoke.yaml with overrides, as it is before its first step. */
export async function untrainedRun(run: string, ...set: string[]) {
  const { config } = loadPretrainingConfig('configs/pretrain/smoke.yaml', set.map(parseOverride));
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  writeFileSync(join(run, CONFIG_FILE), configRecord(config).text);
  const state = flatten<HostTensor>(planOf(config).initialState());
  const checkpoint = await saveCheckpoint(join(run, 'checkpoints'), { step: 1, state, run: { config } });
  return { run, config, checkpoint };
}
