import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFakeCuda } from '../../packages/tensorflow/fake-cuda/build.mjs';

const cli = fileURLToPath(new URL('../../apps/vjepa/dist/cli.js', import.meta.url));

/**
 * TensorFlow's CUDA build on a driver without a GPU (packages/tensorflow/fake-cuda). The build is installed once, into
 * VJEPA_CUDA_CACHE, by default ~/.cache/vjepa-cuda: 3.0 GB to download, 4.6 GB on disk.
 *
 * @returns the environment in which programs find it, and what removes it again
 */
export function fakeEngine() {
  // Not the cache that commands look into, which would take the engine for GPUs from then on.
  const engines = process.env.VJEPA_CUDA_CACHE ?? join(homedir(), '.cache', 'vjepa-cuda');
  const installed = spawnSync(process.execPath, [cli, 'runtime', 'install', '--cuda'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, VJEPA_CACHE: engines },
  });
  if (installed.status !== 0) process.exit(1);
  // …/2.21.0-cuda-linux-x64/tensorflow/libtensorflow_cc.so.2
  const engine = dirname(dirname(installed.stdout.trim()));
  // Beside the engine, so that it can be linked instead of copied.
  const cache = mkdtempSync(join(dirname(dirname(engine)), 'fake-cuda-'));
  const remove = () => rmSync(cache, { recursive: true, force: true });
  try {
    const driver = buildFakeCuda(engine, join(cache, 'tensorflow', engine.split('/').at(-1)));
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
