// The CUDA path on a machine without a GPU: TensorFlow's CUDA build, installed once into VJEPA_CUDA_CACHE, by default
// ~/.cache/vjepa-cuda (3.0 GB to download, 4.6 GB on disk), on a driver without a GPU (packages/tensorflow/fake-cuda). Linux on x86-64 with a C compiler.
//
//   npm run test:cuda
//
// The last line is `N passed, N failed`.
import { fakeEngine } from './gpu/fake-engine.mjs';
import { runVitestAlone } from './run-vitest.mjs';

const { env, remove } = fakeEngine();
try {
  runVitestAlone(['--config', 'vitest.cuda.config.ts'], env);
} finally {
  remove();
}
