import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFakeCuda, buildFakeDriver, linkFakePlugin } from '../../packages/tensorflow/fake-cuda/build.mjs';

const cli = fileURLToPath(new URL('../../apps/vjepa/dist/cli.js', import.meta.url));
const driverSource = fileURLToPath(new URL('../../packages/tensorflow/fake-cuda/driver.c', import.meta.url));

/**
 * Engines for GPUs, installed once into VJEPA_CUDA_CACHE, by default ~/.cache/vjepa-cuda. Not the cache that commands look
 * into, which would take the engine for GPUs from then on.
 */
const ENGINES = process.env.VJEPA_CUDA_CACHE ?? join(homedir(), '.cache', 'vjepa-cuda');

/** @returns what `vjepa runtime install` prints: the library that is loaded */
function installed(...which) {
  const { status, stdout } = spawnSync(process.execPath, [cli, 'runtime', 'install', ...which], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, VJEPA_CACHE: ENGINES },
  });
  if (status !== 0) process.exit(1);
  return stdout.trim();
}

/**
 * TensorFlow's CUDA build (3.0 GB to download, 4.6 GB on disk) on a driver without a GPU (packages/tensorflow/fake-cuda).
 * XLA's plug-in for CUDA 12 is there too, on the same driver, where
 * `VJEPA_CACHE=$VJEPA_CUDA_CACHE vjepa runtime install --xla cuda12` has installed it.
 *
 * @returns the environment in which programs find it, and what removes it again
 */
export function fakeEngine() {
  // …/2.21.0-cuda-linux-x64/tensorflow/libtensorflow_cc.so.2
  const engine = dirname(dirname(installed('--cuda')));
  // Beside the engine, so that it can be linked instead of copied.
  const cache = mkdtempSync(join(dirname(dirname(engine)), 'fake-cuda-'));
  const remove = () => rmSync(cache, { recursive: true, force: true });
  try {
    const driver = buildFakeCuda(engine, join(cache, 'tensorflow', engine.split('/').at(-1)));
    const plugins = existsSync(join(ENGINES, 'xla')) ? readdirSync(join(ENGINES, 'xla')) : [];
    const plugin = plugins.find((name) => /-cuda12-/.test(name));
    if (plugin !== undefined) linkFakePlugin(join(ENGINES, 'xla', plugin), join(cache, 'xla', plugin), dirname(driver));
    const env = {
      ...process.env,
      VJEPA_CACHE: cache,
      VJEPA_FAKE_ENGINE: dirname(driver),
      LD_LIBRARY_PATH: driver,
      // Both would ask a real GPU for times.
      XLA_FLAGS: '--xla_gpu_autotune_level=0 --xla_gpu_enable_command_buffer=',
    };
    return { env, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * XLA's plug-in for CUDA 13 (2.5 GB to download, 3.4 GB on disk), to compile for GPUs that are not there. The driver is
 * one without a GPU: cuDNN looks for one before it says which kernels it has.
 *
 * @returns the environment in which `ahead-plugin.mjs` finds both
 */
export function aheadEngine() {
  // …/0.12.0.1-cuda13-linux-x64/plugin/xla_cuda_plugin.so
  const plugin = installed('--xla', 'cuda13');
  const engine = dirname(dirname(plugin));
  // Kept: to make it, all of cuDNN is read.
  const folder = join(ENGINES, `fake-driver-${basename(engine)}`);
  const made = join(folder, 'libcuda.so.1');
  const driver = isNewer(made, driverSource) ? made : buildFakeDriver(join(engine, 'nvidia/cudnn/lib'), folder);
  return { ...process.env, VJEPA_AHEAD_PLUGIN: plugin, VJEPA_AHEAD_DRIVER: driver };
}

function isNewer(file, source) {
  return existsSync(file) && statSync(file).mtimeMs > statSync(source).mtimeMs;
}
