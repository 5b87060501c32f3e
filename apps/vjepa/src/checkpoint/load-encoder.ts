import { type LoadedEncoder, loadEncoder as loadFromTensors } from '@vjepa/evaluation';
import type { EncoderConfig } from '@vjepa/vit';
import { requireHeads } from './require-heads.js';

/**
 * Reads an encoder of known sizes, the number of its heads included, which a run's own checkpoint tells.
 *
 * @throws as `loadEncoder` of @vjepa/evaluation does
 */
export async function loadEncoder(path: string, encoder: EncoderConfig, key?: string): Promise<LoadedEncoder> {
  const loaded = await loadFromTensors(path, encoder, { key });
  await requireHeads(path, encoder);
  return loaded;
}
