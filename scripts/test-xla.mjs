// What XLA makes of steps for NVIDIA's GPUs, on a machine without one: XLA's plug-in for CUDA 13 with NVIDIA's libraries,
// installed once into VJEPA_CUDA_CACHE, by default ~/.cache/vjepa-cuda (2.5 GB to download, 3.4 GB on disk), compiles for
// an H200 and an A100 from their descriptions, and cuDNN says which kernels it has. Linux on x86-64 with a C compiler;
// twenty minutes on two idle cores.
//
//   npm run test:xla
//   npm run test:xla -- attention     the file of that name
//   npm run test:xla -- --record      takes what is found as the budgets to come; steps without one are skipped
//   npm run test:xla -- --suite       instead, tfjs-core's own test suite on XLA's plug-in for CPUs (63 MB): a minute
//   npm run test:xla -- --suite pool  its tests whose names contain the words
//
// The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { aheadEngine } from './gpu/fake-engine.mjs';
import { runVitestAlone } from './run-vitest.mjs';

const args = process.argv.slice(2);
if (args.includes('--suite')) runSuite(args.filter((arg) => arg !== '--suite'));
else compileAhead();

function compileAhead() {
  const env = aheadEngine();
  if (args.includes('--record')) env.VJEPA_RECORD_BUDGETS = '1';
  runVitestAlone(['--config', 'vitest.xla.config.ts', ...args.filter((arg) => arg !== '--record')], env);
}

function runSuite(words) {
  const root = join(import.meta.dirname, '..');
  const run = (script, ...rest) =>
    spawnSync(process.execPath, [join(root, script), ...rest], { stdio: 'inherit' }).status ?? 1;
  process.exitCode =
    run('apps/vjepa/dist/cli.js', 'runtime', 'install', '--xla', 'cpu') ||
    run('packages/xla/scripts/run-tfjs-suite.mjs', ...words);
}
