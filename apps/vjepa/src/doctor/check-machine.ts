import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
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
  return ok('machine', `${availableParallelism()} cores (${model}), ${gib(totalmem())} memory, ${gib(freemem())} free`);
}

/** Whether the CPU multiplies bfloat16 matrices by itself. */
export function checkBfloat16(cpuFlags = readCpuFlags()): Finding {
  if (cpuFlags === undefined) return note('bfloat16', 'whether this CPU supports it is not known on this system');
  if (cpuFlags.has('amx_bf16'))
    return ok('bfloat16', 'AMX: set meta.dtype: bfloat16, products are several times faster');
  if (cpuFlags.has('avx512_bf16')) return ok('bfloat16', 'AVX-512 BF16: set meta.dtype: bfloat16, products are faster');
  return note('bfloat16', 'this CPU has no bfloat16 products', 'set meta.dtype: float32 when training on the CPU');
}

function readCpuFlags(): Set<string> | undefined {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    return flags === undefined ? undefined : new Set(flags.trim().split(/\s+/));
  } catch {
    return undefined;
  }
}

/** Free space where a run writes, against the checkpoints it will keep. */
export function checkDisk(folder: string, neededBytes = 0): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  if (neededBytes > free) {
    return problem(
      'disk',
      `${gib(free)} free for ${folder}, the run keeps ${gib(neededBytes)} of checkpoints`,
      'free space, choose another folder with --run, or keep fewer with --set checkpoints.keep=1',
    );
  }
  const needed = neededBytes > 0 ? `, the run keeps ${gib(neededBytes)} of checkpoints` : '';
  return ok('disk', `${gib(free)} free for ${folder}${needed}`);
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
