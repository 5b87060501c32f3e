import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { findTensorFlow, loadTensorFlow, publishesCuda, type TensorFlowRuntime } from '@vjepa/tensorflow';
import { reasonOf } from '../command-error.js';
import { type Finding, note, ok, problem } from './finding.js';

/** What TensorFlow loads at run time on a GPU: the parts of CUDA 12, by the name of their folder under `nvidia/`. */
const CUDA_PARTS = ['cublas', 'cuda_runtime', 'cudnn', 'cufft', 'cusolver', 'cusparse', 'nccl', 'nvjitlink'];

/** The oldest driver for CUDA 12 on Linux, by NVIDIA's compatibility table. */
const OLDEST_DRIVER = [525, 60, 13];

/** NVIDIA's driver, the CUDA libraries beside TensorFlow, and a small step on the device that training would take. */
export async function checkGpu(): Promise<Finding[]> {
  const driver = await nvidiaDriver();
  const location = await findTensorFlow();
  if (location === undefined) return driver === undefined ? [] : [checkDriver(driver)];
  const runtime = await loadTensorFlow().catch(() => undefined);
  if (runtime === undefined) return []; // the engine's own check says why
  return [...(driver === undefined ? [] : [checkDriver(driver), checkLibraries(runtime)]), await checkStep(runtime)];
}

interface Driver {
  version: string;
  gpus: string[];
}

/** What `nvidia-smi` says, one line for each GPU; undefined where there is none. */
async function nvidiaDriver(): Promise<Driver | undefined> {
  try {
    const query = ['--query-gpu=driver_version,name', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 20_000 });
    return parseDriver(stdout);
  } catch {
    return undefined;
  }
}

/** Lines such as `550.54.15, NVIDIA H100 80GB HBM3`. */
export function parseDriver(text: string): Driver | undefined {
  const rows = [...text.matchAll(/^\s*(\d+(?:\.\d+)+)\s*,\s*(.+?)\s*$/gm)];
  return rows[0] && { version: rows[0][1]!, gpus: rows.map(([, , gpu]) => gpu!) };
}

export function checkDriver({ version, gpus }: Driver): Finding {
  const found = `${version}, ${gpus.join(', ')}`;
  const numbers = version.split('.').map(Number);
  const differing = OLDEST_DRIVER.findIndex((least, i) => (numbers[i] ?? 0) !== least);
  const old = differing >= 0 && (numbers[differing] ?? 0) < OLDEST_DRIVER[differing]!;
  const oldest = OLDEST_DRIVER.join('.');
  return old
    ? problem('NVIDIA driver', `${found}; CUDA 12 needs ${oldest}`, `a driver from ${oldest} on`)
    : ok('NVIDIA driver', found);
}

/** Whether TensorFlow sees the GPUs that the driver sees, and if not, which libraries it lacks. */
function checkLibraries({ devices, libraryPath }: TensorFlowRuntime): Finding {
  const gpus = devices.filter(({ type }) => type === 'GPU').length;
  if (gpus > 0) return ok('CUDA', `TensorFlow uses ${gpus} GPU${gpus > 1 ? 's' : ''}`);
  if (!publishesCuda()) {
    return note('CUDA', `TensorFlow publishes no CUDA library for ${process.platform} ${process.arch}`);
  }
  const missing = missingParts(join(dirname(libraryPath), '..', 'nvidia'));
  const why = missing.length > 0 ? `not beside it: ${missing.join(', ')}` : 'its libraries are there but do not load';
  return note('CUDA', `TensorFlow does not use the GPU; ${why}`, 'vjepa runtime install --cuda');
}

/** The parts of CUDA that have no libraries in `folder/<part>/lib`. */
export function missingParts(folder: string): string[] {
  return CUDA_PARTS.filter((part) => {
    const lib = join(folder, part, 'lib');
    return !existsSync(lib) || !readdirSync(lib).some((name) => name.includes('.so'));
  });
}

/** Compiles and runs a product with its gradient on the device that steps run on, and checks the result. */
export async function checkStep(runtime: Pick<TensorFlowRuntime, 'compile' | 'devices'>): Promise<Finding> {
  const device = runtime.devices.some(({ type }) => type === 'GPU') ? 'GPU' : 'CPU';
  const begun = performance.now();
  const step = runtime.compile(
    (state) => {
      const loss = (w: tf.Tensor) => tf.sum(tf.square(tf.matMul(tf.ones([64, 64]), w as tf.Tensor2D))) as tf.Scalar;
      const { grad, value } = tf.valueAndGrad(loss)(state.w!);
      return { state: { w: tf.sub(state.w!, tf.mul(grad, 1 / 8192)) }, outputs: { loss: value } };
    },
    { state: { w: { shape: [64, 64], data: new Float32Array(4096).fill(1) } } },
  );
  try {
    // 64 x 64 elements of 64^2; the update takes each weight to 1 - 2 * 64 * 64 / 8192 = 0.
    const losses = [Number((await step({})).loss!.data[0]), Number((await step({})).loss!.data[0])];
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (losses[0] === 64 ** 4 && losses[1] === 0)
      return ok('step', `compiled and run on the ${device} in ${seconds} s`);
    return problem('step', `on the ${device} it gave ${losses}, not 16777216,0`, 'vjepa parity fixtures');
  } catch (error) {
    return problem('step', `fails on the ${device}: ${reasonOf(error)}`, 'vjepa runtime install, or --backend wasm');
  } finally {
    step.dispose();
  }
}
