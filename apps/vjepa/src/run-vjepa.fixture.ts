import { runCommandLine } from './command-line.js';

/** Runs one command line in this process and collects what it prints. */
export async function runVjepa(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = ((text: string | Uint8Array) => {
      printed[stream] += String(text);
      return true;
    }) as typeof process.stdout.write;
  }
  try {
    return { code: await runCommandLine(args), ...printed };
  } finally {
    for (const stream of ['stdout', 'stderr'] as const) process[stream].write = originals[stream];
  }
}

/** The encoder in fixtures/probe-small, as `vjepa features` is told about it. */
export const SMALL_MODEL = [
  ...['--model', 'vit_tiny', '--embed-dim', '48', '--depth', '2', '--num-heads', '3'],
  ...['--frames', '4', '--resolution', '48'],
];
