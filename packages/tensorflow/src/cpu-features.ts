import { readFileSync } from 'node:fs';

let flags: ReadonlySet<string> | undefined;

/** The instruction sets Linux reports for an x86 processor; empty elsewhere. */
function cpuFlags(): ReadonlySet<string> {
  if (flags === undefined) {
    try {
      const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
      flags = new Set(line.trim().split(/\s+/));
    } catch {
      flags = new Set();
    }
  }
  return flags;
}

/** Whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16 or AMX). */
export function multipliesBfloat16(): boolean {
  return cpuFlags().has('avx512_bf16') || cpuFlags().has('amx_bf16');
}
