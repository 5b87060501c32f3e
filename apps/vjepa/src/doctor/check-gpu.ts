import type { GpuUse } from '@vjepa/engine';
import { checkDevice, findTensorFlow, loadTensorFlow, publishesCuda, type TensorFlowRuntime } from '@vjepa/tensorflow';
import { reasonOf } from '../command-error.js';
import { gpuRemedy } from '../engine/gpu-remedy.js';
import { type Finding, gib, note, ok, problem } from './finding.js';

/** NVIDIA's driver, whether TensorFlow uses its GPUs, and a small step on the device that training would take. */
export async function checkGpu(): Promise<Finding[]> {
  if ((await findTensorFlow()) === undefined) return [];
  const runtime = await loadTensorFlow().catch(() => undefined);
  if (runtime === undefined) return []; // the engine's own check says why
  return [...checkGpuUse(runtime.gpu), await checkStep(runtime)];
}

/** What the driver says, and why TensorFlow uses none of its GPUs where it does not; nothing where there is none. */
export function checkGpuUse({ used, driver, problem: why }: GpuUse, cuda = publishesCuda()): Finding[] {
  const findings: Finding[] = [];
  if (driver) {
    const gpus = driver.gpus.map(
      ({ name, computeCapability, memoryBytes }) =>
        `${name} (compute capability ${computeCapability}, ${gib(memoryBytes)})`,
    );
    findings.push(
      ok('NVIDIA driver', `${driver.version ?? 'version unknown'}, for CUDA ${driver.cuda}: ${gpus.join(', ')}`),
    );
  }
  if (used > 0) return [...findings, ok('CUDA', `TensorFlow uses ${used} GPU${used > 1 ? 's' : ''}`)];
  if (why === undefined) return findings;
  if (why.code === 'built-without-gpu' && !cuda) {
    const platform = `${process.platform} ${process.arch}`;
    return [...findings, note('CUDA', `TensorFlow publishes no CUDA library for ${platform}`)];
  }
  return [...findings, note('CUDA', `no GPU is used: ${why.reason}`, gpuRemedy(why.code))];
}

/** A small step on the device that steps run on. */
export async function checkStep(runtime: Pick<TensorFlowRuntime, 'compile' | 'devices'>): Promise<Finding> {
  const device = runtime.devices.some(({ type }) => type === 'GPU') ? 'GPU' : 'CPU';
  try {
    const { seconds, losses, correct } = await checkDevice(runtime);
    if (correct) return ok('step', `compiled and run on the ${device} in ${seconds.toFixed(1)} s`);
    return problem('step', `on the ${device} it gave ${losses}, not 16777216,0`, 'vjepa parity fixtures');
  } catch (error) {
    return problem('step', `fails on the ${device}: ${reasonOf(error)}`, 'vjepa runtime install, or --backend wasm');
  }
}
