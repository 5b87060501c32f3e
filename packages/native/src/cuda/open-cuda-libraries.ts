import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NvidiaWheel } from '@vjepa/engine';
import type * as Koffi from 'koffi';
import { openForGood } from '../koffi.js';

/** cuDNN opens its parts itself, from its own folder; CUPTI is opened when a step is profiled; data is no library. */
const OPENED_LATER = /\/(libcudnn_\w+|libcupti|libnvrtc-builtins)\.so/;

/**
 * Opens the CUDA libraries of wheels by their full paths, where an installation here and NVIDIA's wheels in a Python
 * environment have them. Whoever asks the system for them by name later gets these: an engine's own run path may not
 * lead to all of them (TensorFlow 2.21's misses cuSOLVER). A library that is not there may still be the system's own.
 *
 * @param nvidia the folder of NVIDIA's parts, beside the engine's own
 * @returns the libraries that cannot be opened from either place, each with the reason
 */
export function openCudaLibraries(koffi: typeof Koffi, nvidia: string, wheels: readonly NvidiaWheel[]): string[] {
  const failures: string[] = [];
  const files = wheels.flatMap(({ keep }) => keep);
  for (const file of files) {
    if (!/\.so(\.|$)/.test(file) || OPENED_LATER.test(file)) continue;
    const path = join(nvidia, file);
    const ours = existsSync(path) ? openForGood(koffi, path) : `${path} is not there`;
    if (ours === undefined || openForGood(koffi, basename(file)) === undefined) continue;
    failures.push(`${basename(file)} (${ours})`);
  }
  const ptxas = join(nvidia, files.find((file) => file.endsWith('/bin/ptxas')) ?? 'bin/ptxas');
  if (!existsSync(ptxas) && !onPath('ptxas')) {
    failures.push(`ptxas, XLA's compiler (${ptxas} is not there, nor is one on the PATH)`);
  }
  return failures;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}
