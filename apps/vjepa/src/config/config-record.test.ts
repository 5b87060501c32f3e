import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { CONFIG_FILE, configRecord } from './config-record.js';
import { loadPretrainingConfig } from './load-config.js';
import { pretrainingConfig } from './pretraining-config.js';

describe('configRecord', () => {
  const { config } = loadPretrainingConfig('configs/pretrain/smoke.yaml', []);
  const record = configRecord(config, pretrainingConfig);
  const path = join(temporaryFolder('record'), CONFIG_FILE);

  it('tells what has changed in a run, and not what an earlier version had no key for', () => {
    const earlier = parse(record.text);
    delete earlier.data.fraction;
    delete earlier.loss.targets;
    writeFileSync(path, stringify(earlier));
    expect(record.differencesFrom(path)).toEqual([]);
    earlier.optimization.epochs = 3;
    writeFileSync(path, stringify(earlier));
    expect(record.differencesFrom(path)).toEqual(['optimization.epochs: 3 -> 5']);
  });

  it('compares key by key with what it cannot read as a config', () => {
    writeFileSync(path, stringify({ ...parse(record.text), written_by: 'somebody' }));
    expect(record.differencesFrom(path)).toEqual(['written_by: "somebody" -> not there']);
  });
});
