import { otherArchitecture } from '@vjepa/evaluation';
import type { EncoderConfig } from '@vjepa/vit';
import { planOf } from '../config/pretraining-plan.js';
import { checkpointConfig } from './checkpoint-config.js';

/**
 * Compares the number of heads, which no tensor tells, where the checkpoint is a run's own and carries the run's config.
 *
 * @throws InputError when they are others
 */
export async function requireHeads(path: string, { numHeads }: Pick<EncoderConfig, 'numHeads'>): Promise<void> {
  const config = await checkpointConfig(path);
  if (config === undefined) return;
  const { encoder } = planOf(config);
  if (encoder.numHeads === numHeads) return;
  throw otherArchitecture(path, `${encoder.numHeads} heads; expected ${numHeads}`);
}
