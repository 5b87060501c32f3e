import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findTensorFlow } from '@vjepa/tensorflow';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { type ExecutionTrace, findPlugin } from '@vjepa/xla';
import { expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';
import type { BenchStepResult } from './bench-step.js';

const SMALL = ['--model', 'vit_tiny', '--crop', '64', '--frames', '4', '--batch', '1', '--context', '8,4'];
const step = ['bench', 'step', ...SMALL, '--target', '10,12', '--pred-dim', '96', '--pred-depth', '2', '--steps', '2'];

/** As `--json` prints it. */
type PrintedResult = Omit<BenchStepResult, 'profile'> & {
  profile: Record<'seconds' | 'lanes' | 'waiting', number> & {
    operations: { op: string; seconds: number; float_operations: number }[];
  };
};

it.skipIf((await findTensorFlow()) === undefined)('bench step --profile --json', { timeout: 120_000 }, async () => {
  const { code, stdout } = await runVjepa(...step, '--warmup', '0', '--vary', '--profile', '--json');
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as PrintedResult;
  expect(result).toMatchObject({ compilations: 1, tokens: 32, flags: { steps: 2, warmup: 0, profile: true } });
  expect(result.fastest).toBeGreaterThan(0);
  expect(result.loss).toBeGreaterThan(0);
  expect(result.model_flops_per_second).toBeGreaterThan(0);
  const { seconds, lanes, waiting, operations } = result.profile;
  const busy = operations.reduce((sum, share) => sum + share.seconds, 0);
  expect(busy).toBeGreaterThan(0);
  expect(waiting).toBeLessThan(lanes * seconds);
  const products = operations.filter(({ float_operations }) => float_operations > 0);
  expect(products.length).toBeGreaterThan(0);
  for (const { op } of products) expect(op).toMatch(/MatMul/);
});

it.skipIf((await findTensorFlow()) === undefined).each([
  ['wasm', 'bfloat16'],
  ['tensorflow', 'float32'],
])('bench step --fused-attention is an error where there is none: %s, %s', async (backend, dtype) => {
  const { code, stderr } = await runVjepa(...step, '--fused-attention', '--backend', backend, '--dtype', dtype);
  expect(code).toBe(1);
  expect(stderr).toContain('--fused-attention wants compiled steps in bfloat16, on one GPU by TensorFlow');
});

it.skipIf(findPlugin({ kind: 'cpu' }) === undefined)(
  'bench step --profile of XLA writes a trace that Perfetto opens',
  { timeout: 300_000 },
  async () => {
    const file = join(temporaryFolder('bench'), 'step.json');
    const small = [...step, '--pred-depth', '1', '--steps', '1', '--warmup', '0'];
    const { code, stdout } = await runVjepa(
      ...small,
      '--backend',
      'xla',
      '--device',
      'cpu',
      '--profile',
      file,
      '--json',
    );
    expect(code).toBe(0);
    const { trace, unseen, attention } = JSON.parse(stdout) as BenchStepResult;
    expect(trace).toBe(file);
    expect(unseen).toBe('the plug-in has no profiler');
    // ViT-Ti's heads and the predictor's, in float32.
    const because = "products are float32, and cuDNN's attention takes bfloat16";
    expect(attention).toEqual([64, 32].map((headWidth) => ({ headWidth, fused: false, because })));
    const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as ExecutionTrace;
    const spans = traceEvents.filter(({ ph }) => ph === 'X');
    expect(spans.map(({ name }) => name)).toEqual(['inputs to the device', 'start', 'run, and outputs to the host']);
    for (const { dur } of spans) expect(dur).toBeGreaterThan(0);
    rmSync(dirname(file), { recursive: true });
  },
);

it('bench step --profile watches compiled steps only', async () => {
  const { code, stderr } = await runVjepa(...step, '--profile', '--backend', 'wasm');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: --profile watches compiled steps only, and this is not one: engine: WebAssembly/m);
});
