import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { checkDriver, checkStep, missingParts, parseDriver } from './check-gpu.js';

describe("NVIDIA's driver", () => {
  it('is read from nvidia-smi, with every GPU', () => {
    const text = '550.54.15, NVIDIA H100 80GB HBM3\n550.54.15, NVIDIA H100 80GB HBM3\n';
    expect(parseDriver(text)).toEqual({ version: '550.54.15', gpus: Array(2).fill('NVIDIA H100 80GB HBM3') });
    expect(parseDriver('No devices were found\n')).toBeUndefined();
  });

  it.each([
    ['525.60.13', 'ok'],
    ['535.1', 'ok'],
    ['525.60.11', 'problem'],
    ['470.256.02', 'problem'],
  ])('%s is %s for CUDA 12', (version, status) => {
    expect(checkDriver({ version, gpus: ['GPU'] }).status).toBe(status);
  });
});

it('names the parts of CUDA that are not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vjepa-cuda-'));
  expect(missingParts(folder)).toHaveLength(8);
  mkdirSync(join(folder, 'cudnn', 'lib'), { recursive: true });
  mkdirSync(join(folder, 'nccl', 'lib'), { recursive: true });
  writeFileSync(join(folder, 'cudnn', 'lib', 'libcudnn.so.9'), '');
  expect(missingParts(folder)).not.toContain('cudnn');
  expect(missingParts(folder)).toContain('nccl'); // an empty folder
});

describe.skipIf((await findTensorFlow()) === undefined)('the small step', () => {
  it('runs, and a failure is a problem that says why', async () => {
    const runtime = await loadTensorFlow();
    expect(await checkStep(runtime)).toMatchObject({ status: 'ok', detail: expect.stringMatching(/on the [CG]PU in/) });
    const broken = {
      devices: runtime.devices,
      compile: () => Object.assign(async () => ({}), { dispose() {} }) as never,
    };
    expect(await checkStep(broken)).toMatchObject({ status: 'problem' });
  });
});
