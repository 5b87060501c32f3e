import { findTensorFlow } from '@vjepa/tensorflow';
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
  expect(stderr).toContain('--fused-attention wants compiled steps on one GPU by TensorFlow or XLA, in bfloat16');
});

it('bench step --profile watches compiled steps only', async () => {
  const { code, stderr } = await runVjepa(...step, '--profile', '--backend', 'wasm');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: --profile watches compiled steps only, and this is not one: engine: WebAssembly/m);
});
