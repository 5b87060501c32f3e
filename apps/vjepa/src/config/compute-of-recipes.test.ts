import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pretrainingFlops } from '@vjepa/jepa';
import { tokenCount } from '@vjepa/masks';
import type { PretrainingPlan } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from './load-config.js';
import { planOf } from './pretraining-plan.js';

const FOLDER = fileURLToPath(new URL('../../../../configs/pretrain/', import.meta.url));
const STEPS = 24;

/** TFLOP a clip of each kind, the mean of a few steps' masks. */
function counted(plan: PretrainingPlan): number[] {
  return [plan, ...plan.others].map(({ grid, frames, masksAt }) => {
    const models = { ...plan, encoder: { ...plan.encoder, numFrames: frames } };
    const steps = Array.from({ length: STEPS }, (_, step) => {
      const masks = masksAt(step);
      const context = masks.map((mask) => mask.context.shape[1]);
      const target = masks.map((mask) => mask.target.shape[1]);
      return pretrainingFlops(models, tokenCount(grid), { context, target });
    });
    return steps.reduce((sum, flops) => sum + flops, 0) / STEPS / 1e12;
  });
}

describe('the compute in the heads of V-JEPA 2’s recipes', () => {
  const saying = readdirSync(FOLDER).flatMap((file) => {
    const text = readFileSync(`${FOLDER}${file}`, 'utf8');
    const said = /^# Compute: ([\d.]+) TFLOP a clip(?: and ([\d.]+) an image)?/m.exec(text);
    return file.startsWith('vjepa2') && said ? [{ file, said: said.slice(1).filter(Boolean).map(Number) }] : [];
  });

  it('is there for every published size', () => {
    const sizes = readdirSync(FOLDER).filter((file) => /^vjepa2.*vit/.test(file));
    expect(saying.map(({ file }) => file)).toEqual(sizes);
  });

  it.each(saying)('$file: is what the masks of its batches need', ({ file, said }) => {
    const needed = counted(planOf(loadPretrainingConfig(`${FOLDER}${file}`, []).config));
    expect(needed).toHaveLength(said.length);
    for (const [kind, flops] of needed.entries()) expect(said[kind]! / flops).closeTo(1, 0.06);
  });
});
