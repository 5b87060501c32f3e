import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openForGood } from '@vjepa/native';
import type * as Koffi from 'koffi';
import { NVIDIA_WHEELS } from './nvidia-wheels.js';

/** cuDNN opens its parts itself, from its own folder; CUPTI is opened when a step is profiled; data is no library. */
const OPENED_LATER = /\/(libcudnn_\w+|libcupti|libnvrtc-builtins)\.so/;

/**
 * Opens the CUDA libraries TensorFlow needs by their full paths: `nvidia/<part>/lib` beside its own folder, where an
 * installation here and NVIDIA's wheels in a Python environment have them. TensorFlow asks the system for them by name
 * later and gets these; its own run path does not lead to all of them (2.21 misses cuSOLVER). A library that is not
 * there may still be the system's own.
 *
 * @returns the libraries that cannot be opened from either place, each with the reason
 */
export function openCudaLibraries(koffi: typeof Koffi, libraryPath: string): string[] {
  const nvidia = join(dirname(libraryPath), '..', 'nvidia');
  const failures: string[] = [];
  for (const file of NVIDIA_WHEELS.flatMap(({ keep }) => keep)) {
    if (!/\.so(\.|$)/.test(file) || OPENED_LATER.test(file)) continue;
    const path = join(nvidia, file);
    const ours = existsSync(path) ? openForGood(koffi, path) : `${path} is not there`;
    if (ours === undefined || openForGood(koffi, basename(file)) === undefined) continue;
    failures.push(`${basename(file)} (${ours})`);
  }
  const ptxas = join(nvidia, 'cuda_nvcc', 'bin', 'ptxas');
  if (!existsSync(ptxas) && !onPath('ptxas')) {
    failures.push(`ptxas, XLA's compiler (${ptxas} is not there, nor is one on the PATH)`);
  }
  return failures;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}
