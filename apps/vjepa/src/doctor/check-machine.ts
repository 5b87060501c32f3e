import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { cpuFlags } from '@vjepa/tensorflow';
import type { PlannedMemory } from '@vjepa/training';
import { type Finding, gib, note, ok, problem } from './finding.js';

/** Node's version against the least one that is supported. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? ok('Node', `${version} on ${process.platform} ${process.arch}`)
    : problem('Node', `${version}, expected 20.19 or newer`, 'install a newer Node from https://nodejs.org');
}

/** Cores and memory. */
export function checkMachine(): Finding {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return ok(
    'machine',
    `${availableParallelism()} cores (${model}), ${gib(memoryLimit())} memory, ${gib(freemem())} free`,
  );
}

/** Memory this process may have: the machine's, or less where a container limits it. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Whether a run's memory is there. On a GPU the state and the activations are the GPU's matter. */
export function checkMemory(
  { state, activations, host }: PlannedMemory,
  gpuBytes?: number,
  { limit = memoryLimit(), free = freemem() } = {},
): Finding {
  const onDevice = state + activations;
  const parts = `state ${gib(state)}, activations ${gib(activations)}, host ${gib(host)}`;
  const numbers = { state_bytes: state, activation_bytes: activations, host_bytes: host };
  const remedy =
    '--set optimization.recompute=block keeps less, a smaller data.batch_size or model.model_name needs less';
  const places: [string, number, number, number][] =
    gpuBytes === undefined
      ? [['memory', onDevice + host, limit, free]]
      : [
          ['GPU memory', onDevice, gpuBytes, gpuBytes],
          ['memory', host, limit, free],
        ];
  for (const [place, needed, there, freeNow] of places) {
    const about = `the run needs about ${gib(needed)} of ${place} (${parts})`;
    if (needed > there) return { ...problem('memory', `${about}, there is ${gib(there)}`, remedy), numbers };
    if (needed > freeNow) {
      return { ...note('memory', `${about}, of ${gib(there)} only ${gib(freeNow)} is free now`, remedy), numbers };
    }
  }
  const [place, needed, there] = places[0]!;
  return { ...ok('memory', `about ${gib(needed)} of ${gib(there)} ${place} (${parts})`), numbers };
}

/** Whether TensorFlow has the CPU multiply bfloat16 matrices: on x86 only, and where it can. */
export function checkBfloat16(flags = cpuFlags()): Finding {
  if (flags.has('amx_bf16')) return ok('bfloat16', 'AMX: set meta.dtype: bfloat16, products are several times faster');
  if (flags.has('avx512_bf16')) return ok('bfloat16', 'AVX-512 BF16: set meta.dtype: bfloat16, products are faster');
  return note(
    'bfloat16',
    'TensorFlow has no bfloat16 products on this CPU',
    'set meta.dtype: float32 when training on the CPU',
  );
}

/** Free space where a run writes, against the checkpoints it will keep. */
export function checkDisk(folder: string, checkpoints = { count: 0, bytes: 0 }): Finding {
  const neededBytes = checkpoints.count * checkpoints.bytes;
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  const needs = `the run's checkpoints take up to ${gib(neededBytes)} (${checkpoints.count} of ${gib(checkpoints.bytes)})`;
  const numbers = { free_bytes: free, checkpoint_bytes: checkpoints.bytes, checkpoints: checkpoints.count };
  if (neededBytes > free) {
    const found = problem(
      'disk',
      `${gib(free)} free for ${folder}, ${needs}`,
      'free space, choose another folder with --run, or keep fewer with --set checkpoints.keep=1',
    );
    return { ...found, numbers };
  }
  return { ...ok('disk', `${gib(free)} free for ${folder}${neededBytes > 0 ? `, ${needs}` : ''}`), numbers };
}

/** The folder itself or, while it does not exist, the nearest one above it that does. */
function nearestFolder(folder: string): string {
  let path = resolve(folder);
  for (;;) {
    try {
      statfsSync(path);
      return path;
    } catch {
      const parent = dirname(path);
      if (parent === path) return path;
      path = parent;
    }
  }
}
