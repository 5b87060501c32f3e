import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from './index.js';

// When copies are asked for, not how long they take: see fake-cuda/README.md.

let runtime: TensorFlowRuntime;
const folder = mkdtempSync(join(tmpdir(), 'vjepa-copies-'));
const log = join(folder, 'log');
beforeAll(async () => {
  process.env.FAKE_CUDA_LOG = log;
  runtime = await loadTensorFlow({ device: 'gpu' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BYTES = 2 * 70_000;
const step: StepFunction = ({ total }, { clips }) => ({
  state: { total: tf.add(total!, tf.mean(tf.cast(clips!, 'float32'))) },
  outputs: { total: total! },
});
const batch = () => ({ clips: { shape: [2, BYTES / 2], data: new Uint8Array(BYTES) } });

describe('on a GPU', () => {
  it('the next batch is copied before the step under way is done, and not again', async () => {
    const run = runtime.compile(step, { state: { total: { shape: [], data: Float32Array.of(0) } } });
    const told = (what: string) => () => appendFileSync(log, `${what}\n`);
    // The first step compiles, which takes longer than any copy.
    const first = run(batch()).then(told('step 1 is done'));
    const second = run.stage!(batch());
    await first;
    await run(second).then(told('step 2 is done'));
    run.dispose();
    const lines = readFileSync(log, 'utf8').split('\n');
    const about = lines.filter((line) => line === `to device ${BYTES}` || line.endsWith('is done'));
    expect(about).toEqual([`to device ${BYTES}`, `to device ${BYTES}`, 'step 1 is done', 'step 2 is done']);
  });
});
