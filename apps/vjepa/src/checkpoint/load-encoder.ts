import { type LoadedEncoder, loadEncoder as loadFromTensors, otherArchitecture } from '@vjepa/evaluation';
import type { ClipEncoder } from '@vjepa/vit';
import { planOf } from '../config/pretraining-plan.js';
import { checkpointConfig } from './checkpoint-config.js';

/**
 * Reads an encoder of known sizes, the number of its heads included, which a run's own checkpoint tells.
 *
 * @throws as `loadEncoder` of @vjepa/evaluation does
 */
export async function loadEncoder(path: string, encoder: ClipEncoder, key?: string): Promise<LoadedEncoder> {
  const loaded = await loadFromTensors(path, encoder, { key });
  await requireHeads(path, encoder);
  return loaded;
}

/**
 * Compares the number of heads, which no tensor tells, where the checkpoint is a run's own and carries the run's config.
 *
 * @throws InputError when they are others
 */
export async function requireHeads(path: string | null, { numHeads }: Pick<ClipEncoder, 'numHeads'>): Promise<void> {
  if (path === null) return;
  const config = await checkpointConfig(path);
  if (config === undefined) return;
  const { encoder } = planOf(config);
  if (encoder.numHeads === numHeads) return;
  throw otherArchitecture(path, `${encoder.numHeads} heads; expected ${numHeads}`);
}
