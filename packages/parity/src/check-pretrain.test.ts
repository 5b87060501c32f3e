import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, expect, it } from 'vitest';
import { checkFixture } from './check-fixture.js';
import { findFixtures } from './fixture.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

/** The recorded run's first two steps, in which nothing was clipped, with another manifest. */
async function firstSteps(change: (optimization: Record<string, unknown>) => void) {
  const folder = temporaryFolder('parity');
  cpSync(fixture('pretrain-small/initial.pth.tar'), join(folder, 'initial.pth.tar'));
  const tensors = await readSafetensors(fixture('pretrain-small/tensors.safetensors'));
  const kept = Object.entries(tensors).filter(([name]) => !/^(final|step[23])\./.test(name));
  await writeSafetensors(join(folder, 'tensors.safetensors'), Object.fromEntries(kept));
  const manifest = JSON.parse(readFileSync(fixture('pretrain-small/manifest.json'), 'utf8'));
  change(manifest.optimization);
  const steps = manifest.steps.slice(0, 2);
  const withoutNorms = steps.map((step: object) => ({ ...step, encoder_grad_norm: null, predictor_grad_norm: null }));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, steps: withoutNorms }));
  return findFixtures([folder])[0]!;
}

it.each([
  { says: 'clip_grad null', change: (optimization: Record<string, unknown>) => (optimization.clip_grad = null) },
  {
    says: 'clip_grad and clip_from_step null',
    change: (optimization: Record<string, unknown>) => {
      Object.assign(optimization, { clip_grad: null, clip_from_step: null });
    },
  },
  {
    says: 'no clip_from_step',
    change: (optimization: Record<string, unknown>) => {
      optimization.clip_grad = null;
      delete optimization.clip_from_step;
    },
  },
])('a run that was never clipped, $says, is compared in all but the norms nobody took', async ({ change }) => {
  const { comparisons } = await checkFixture(await firstSteps(change), { engine });
  expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
  const names = comparisons.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['step1.loss', 'step1.lr', 'step0.prediction.1']));
  expect(names.some((name) => name.startsWith('step0.grad.'))).toBe(true);
  expect(names.filter((name) => name.includes('grad_norm'))).toEqual([]);
});
