import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Finding } from './finding.js';

// The built command: the driver that a process has is settled when it starts.

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const engine = process.env.VJEPA_FAKE_ENGINE!;

/** What `vjepa doctor` says of GPUs on a machine such as these variables describe. */
function doctor(machine: Record<string, string | undefined>) {
  const env = { ...process.env, ...machine };
  const { stdout, stderr } = spawnSync(process.execPath, [cli, 'doctor', '--json'], { encoding: 'utf8', env });
  const findings = JSON.parse(stdout) as Finding[];
  const of = (name: string) => findings.find((finding) => finding.name === name);
  return { driver: of('NVIDIA driver'), cuda: of('CUDA'), device: of('device'), stderr };
}

it('a GPU that is there is used', () => {
  const { driver, cuda, device } = doctor({});
  expect(driver!.detail).toMatch(/^580\.159\.03, for CUDA 12\.9: NVIDIA H200 \(compute capability 9\.0, 8\.0 GiB\)$/);
  expect(cuda).toMatchObject({ status: 'ok', detail: 'TensorFlow uses 1 GPU' });
  expect(device!.detail).toMatch(/^CPU, GPU \(/);
});

it('without a driver it says so, and TensorFlow prints nothing of its own', () => {
  const { driver, cuda, stderr } = doctor({ LD_LIBRARY_PATH: '' });
  expect(driver).toBeUndefined();
  expect(cuda!.detail).toContain('there is no NVIDIA driver: libcuda.so.1');
  expect(cuda!.remedy).toContain('525.60.13');
  expect(stderr).not.toMatch(/cuInit|E0000/);
});

it('with an old driver it names the version that is needed', () => {
  const { driver, cuda } = doctor({ FAKE_CUDA_VERSION: '11040' });
  expect(driver!.detail).toContain('470.256.02');
  expect(cuda!.detail).toContain('TensorFlow needs 525.60.13 or newer');
});

it('with a driver that a container has in part it names what is missing', () => {
  const part = mkdtempSync(join(tmpdir(), 'vjepa-driver-'));
  try {
    copyFileSync(join(engine, 'driver/libcuda.so.1'), join(part, 'libcuda.so.1'));
    const { cuda } = doctor({ LD_LIBRARY_PATH: part });
    expect(cuda!.detail).toContain('libnvidia-ml.so.1 could not be opened');
    expect(cuda!.remedy).toContain('compute,utility');
  } finally {
    rmSync(part, { recursive: true });
  }
});

it('with a library deleted it names the library and what lays it out again', () => {
  const path = join(engine, 'nvidia/cufft/lib/libcufft.so.11');
  renameSync(path, `${path}.away`);
  try {
    const { cuda } = doctor({});
    expect(cuda!.detail).toContain('libcufft.so.11');
    expect(cuda!.remedy).toContain('vjepa runtime install --cuda');
  } finally {
    renameSync(`${path}.away`, path);
  }
});

it.each([
  ['little', '8400000000', /181 MiB of 8192 MiB free/],
  ['no', '8589934592', /none of its 8192 MiB free/],
])('with %s memory left it says who has it, and the process lives', (_name, taken, words) => {
  const { cuda } = doctor({ FAKE_CUDA_TAKEN: taken });
  expect(cuda!.detail).toMatch(words);
  expect(cuda!.remedy).toContain('nvidia-smi');
});

it('with a GPU too old for the kernels it names both capabilities', () => {
  expect(doctor({ FAKE_CUDA_CAPABILITY: '35' }).cuda!.detail).toMatch(/capability 3\.5, .* begin at 6\.0/);
});

it('with a driver and no GPU it says what the driver said', () => {
  expect(doctor({ FAKE_CUDA_GPUS: '0' }).cuda!.detail).toContain('the NVIDIA driver sees no GPU');
});
