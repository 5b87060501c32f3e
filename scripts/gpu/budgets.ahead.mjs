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

/**
 * Of the processor, to compile one step: five minutes on two idle cores hold at least so much. Time by the clock says more
 * of what else the machine does.
 */
const MOST_PROCESSOR_SECONDS = 300;

/** Processors differ, and so does one that others use; more than so much of what is recorded is another program. */
const TIME_ROOM = 1.6;

const steps = ['h200', 'a100'].flatMap((gpu) =>
  ['vit_large', 'vit_huge'].flatMap((model) =>
    [true, false].map((fusedAttention) => ({ gpu, model, attention: fusedAttention ? 'fused' : 'batched' })),
  ),
);

describe.each(steps)('$model on $gpu, $attention attention', ({ gpu, model, attention }) => {
  const name = `${gpu} ${model} ${attention}`;
  const budget = budgets[name];

  it.skipIf(budget === undefined && !record)('takes no more than recorded', () => {
    // The GPU's own choice is the fused form.
    const step = JSON.stringify({ model, ...(attention === 'batched' && { fusedAttention: false }) });
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, step, '--gpu', gpu], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    console.log(stdout.trim());
    const { temporaries_GiB, kernels, cudnn, processor_seconds } = JSON.parse(stdout);
    if (record) {
      budgets[name] = { temporaries_GiB, kernels, cudnn, processor_seconds };
      writeFileSync(file, `${JSON.stringify(budgets, null, 2)}\n`);
      return;
    }
    expect(cudnn).toBe(budget.cudnn);
    expect(temporaries_GiB).toBeLessThanOrEqual(ROOM * budget.temporaries_GiB);
    expect(kernels).toBeLessThanOrEqual(ROOM * budget.kernels);
    const seconds =
      budget.processor_seconds === undefined ? Number.POSITIVE_INFINITY : TIME_ROOM * budget.processor_seconds;
    expect(processor_seconds).toBeLessThanOrEqual(Math.min(seconds, MOST_PROCESSOR_SECONDS));
  });
});
