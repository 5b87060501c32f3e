import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findTensorFlow } from '@vjepa/tensorflow';

// Runs that are to be killed are processes of the built command line.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export function requireBuild(): void {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: build the package before its tests (pnpm build)`);
}

/** Starts `vjepa` with these arguments, `overrides` after `--set`. */
export function startVjepa(args: readonly string[], overrides: readonly string[] = []): ChildProcess {
  const set = overrides.flatMap((override) => ['--set', override]);
  return spawn(process.execPath, [cli, ...args, ...set], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The exit code (or signal) and what was said. */
export function ended(child: ChildProcess): Promise<{ code: number | string | null; stderr: string }> {
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code: code ?? signal, stderr })));
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Where training has to be the same bit for bit, however often it was killed. */
export interface TrainingEngine {
  backend: 'wasm' | 'tensorflow';
  dtype: 'float32' | 'bfloat16';
}

const tensorFlow = await findTensorFlow();
if (tensorFlow === undefined) console.warn('no TensorFlow is installed: killed runs are tried on WebAssembly only');

/** WebAssembly, and TensorFlow in both precisions where there is one. */
export const trainingEngines: TrainingEngine[] = [
  { backend: 'wasm', dtype: 'float32' },
  ...(tensorFlow === undefined ? [] : (['float32', 'bfloat16'] as const)).map((dtype): TrainingEngine => {
    return { backend: 'tensorflow', dtype };
  }),
];
