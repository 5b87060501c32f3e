import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// Whole pretraining steps that eight H200 share: what each of them takes, what they exchange, and what runs beside that.

const script = fileURLToPath(new URL('compile-ahead.mjs', import.meta.url));
const file = new URL('budgets-shared.json', import.meta.url);
const budgets = JSON.parse(readFileSync(file, 'utf8'));
const record = process.env.VJEPA_RECORD_BUDGETS === '1';

/** Another version of the plug-in may plan a little otherwise; more than so much is a change of the step. */
const ROOM = 1.02;

const GIANT = { model: 'vjepa2_vit_giant', crop: 256, context: [492, 146], target: [993, 1463] };

it.each([
  { name: 'ViT-L, 24 clips a device, the state whole', step: { model: 'vit_large', batch: 192 }, most_GiB: 60 },
  {
    ...{ name: 'ViT-g of V-JEPA 2, 12 clips a device, the state in parts', step: { ...GIANT, batch: 96 } },
    ...{ options: ['--shard-state'], most_GiB: 60 },
  },
])('$name', ({ name, step, options = [], most_GiB }) => {
  const args = [script, JSON.stringify(step), '--devices', '8', ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  console.log(stdout.trim());
  const { arguments_GiB, temporaries_GiB, collectives } = JSON.parse(stdout);
  expect(arguments_GiB + temporaries_GiB).toBeLessThan(most_GiB);
  // Those of activations would be these, or gatherings where the state is whole.
  const kinds = options.length > 0 ? ['all-gather', 'reduce-scatter', 'all-reduce'] : ['all-reduce'];
  expect(Object.keys(collectives).sort()).toEqual(kinds.sort());
  for (const [kind, { count, beside_kernels }] of Object.entries(collectives)) expect(beside_kernels, kind).toBe(count);
  if (record) {
    budgets[name] = { arguments_GiB, temporaries_GiB, collectives };
    writeFileSync(file, `${JSON.stringify(budgets, null, 2)}\n`);
    return;
  }
  const budget = budgets[name];
  expect(arguments_GiB).toBeLessThanOrEqual(ROOM * budget.arguments_GiB);
  expect(temporaries_GiB).toBeLessThanOrEqual(ROOM * budget.temporaries_GiB);
  for (const kind of kinds) {
    expect(collectives[kind].count, kind).toBeLessThanOrEqual(ROOM * budget.collectives[kind].count);
    expect(collectives[kind].MB, kind).toBeLessThanOrEqual(ROOM * budget.collectives[kind].MB);
  }
});
