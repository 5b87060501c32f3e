// The CUDA path on a machine without a GPU: TensorFlow's CUDA build, installed once into VJEPA_CUDA_CACHE, by default
// ~/.cache/vjepa-cuda (3.0 GB to download, 4.6 GB on disk), on a driver without a GPU (packages/tensorflow/fake-cuda). Linux on x86-64 with a C compiler.
//
//   npm run test:cuda
//
// The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fakeEngine } from './gpu/fake-engine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { env, remove } = fakeEngine();
const scratch = mkdtempSync(join(tmpdir(), 'vjepa-test-cuda-'));
try {
  const report = join(scratch, 'vitest.json');
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
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env },
  );
  if (!existsSync(report)) process.exitCode = status || 1;
  else {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
    process.exitCode = numFailedTests > 0 || numPassedTests === 0 ? 1 : 0;
  }
} finally {
  remove();
  rmSync(scratch, { recursive: true, force: true });
}
