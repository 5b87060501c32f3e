import { openCheckpoint } from '@vjepa/checkpoints';
import { checkpointRecord } from '@vjepa/training';
import { checked } from '../config/load-config.js';
import type { ConfigTree } from '../config/override.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';

/**
 * The config that a run's own checkpoint carries; undefined for every other model file.
 *
 * @throws CheckpointError when the file cannot be read; CommandError when the config in it is none
 */
export async function checkpointConfig(path: string): Promise<PretrainingConfig | undefined> {
  const { metadata, close } = await openCheckpoint(path);
  await close();
  const config = checkpointRecord(path, metadata)?.config;
  return config === undefined ? undefined : checked(pretrainingConfig, path, config as ConfigTree).config;
}
