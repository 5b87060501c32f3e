import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// Whole pretraining steps of batch 24 in bfloat16. Each is compiled in a process of its own, whose memory is given back.

const script = fileURLToPath(new URL('compile-ahead.mjs', import.meta.url));
const file = new URL('budgets.json', import.meta.url);
const budgets = JSON.parse(readFileSync(file, 'utf8'));
const record = process.env.VJEPA_RECORD_BUDGETS === '1';

/** Another version of the plug-in may plan a little otherwise; more than so much is a change of the step. */
const ROOM = 1.02;

describe.each(budgets)('$model on $gpu, fused attention: $fusedAttention', (budget) => {
  it('takes no more than recorded', () => {
    const { gpu, model, fusedAttention } = budget;
    const step = JSON.stringify({ model, fusedAttention });
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, step, '--gpu', gpu], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const found = JSON.parse(stdout);
    console.log(stdout.trim());
    const { temporaries_GiB, kernels, cudnn } = found;
    if (record) {
      Object.assign(budget, { temporaries_GiB, kernels, cudnn });
      writeFileSync(file, `${JSON.stringify(budgets, null, 2)}\n`);
      return;
    }
    expect(cudnn).toBe(budget.cudnn);
    expect(temporaries_GiB).toBeLessThanOrEqual(ROOM * budget.temporaries_GiB);
    expect(kernels).toBeLessThanOrEqual(ROOM * budget.kernels);
  });
});
