import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';

/** Everything that an evaluation leaves in its folder. */
export async function leftByEvaluation(folder: string) {
  return {
    results: JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')),
    rows: readFileSync(join(folder, 'probe_r0.csv'), 'utf8'),
    state: await readSafetensors(join(folder, 'training-state.safetensors')),
    probe: await readSafetensors(join(folder, 'probe-latest.safetensors')),
  };
}
