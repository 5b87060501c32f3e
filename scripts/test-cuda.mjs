// The CUDA path on a machine without a GPU: TensorFlow's CUDA build, installed once into VJEPA_CUDA_CACHE, by default
// ~/.cache/vjepa-cuda (3.0 GB to download, 4.6 GB on disk), on a driver without a GPU (packages/tensorflow/fake-cuda). Linux on x86-64 with a C compiler.
//
//   npm run test:cuda
//
// The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFakeCuda } from '../packages/tensorflow/fake-cuda/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'apps/vjepa/dist/cli.js');

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
try {
  const driver = buildFakeCuda(engine, join(cache, 'tensorflow', engine.split('/').at(-1)));
  const report = join(cache, 'vitest.json');
  const { status } = spawnSync(
    join(root, 'node_modules/.bin/vitest'),
    [
      'run',
      '--config',
      'vitest.cuda.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        VJEPA_CACHE: cache,
        VJEPA_FAKE_ENGINE: dirname(driver),
        LD_LIBRARY_PATH: driver,
        // Both would ask a real GPU for times.
        XLA_FLAGS: '--xla_gpu_autotune_level=0 --xla_gpu_enable_command_buffer=',
      },
    },
  );
  if (!existsSync(report)) process.exitCode = status || 1;
  else {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
    process.exitCode = numFailedTests > 0 || numPassedTests === 0 ? 1 : 0;
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
