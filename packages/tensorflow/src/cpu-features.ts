import { readFileSync } from 'node:fs';

let flags: ReadonlySet<string> | undefined;

/** The instruction sets Linux reports for an x86 processor; empty elsewhere. */
export function cpuFlags(): ReadonlySet<string> {
  if (flags === undefined) {
    try {
      const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
      flags = new Set(line.match(/\S+/g));
    } catch {
      flags = new Set();
    }
  }
  return flags;
}

/** Whether the processor has the instructions that TensorFlow's builds are made of. True where that cannot be known. */
export function runsTensorFlow(flags: ReadonlySet<string> = cpuFlags()): boolean {
  return flags.size === 0 || flags.has('avx');
}

/** What `ONEDNN_MAX_CPU_ISA` may be set to without oneDNN having products of bfloat16 numbers any more. */
const ISA_WITHOUT_BFLOAT16 = /^(SSE41|AVX|AVX2|AVX2_VNNI|AVX2_VNNI_2|AVX512_CORE|AVX512_CORE_VNNI)$/i;

/**
 * Whether TensorFlow has the processor multiply bfloat16 numbers (AVX-512 BF16 or AMX): it does so through oneDNN, which
 * the environment can forbid to use what the processor has.
 */
export function multipliesBfloat16(
  flags: ReadonlySet<string> = cpuFlags(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return !ISA_WITHOUT_BFLOAT16.test(isaLimit(environment)) && (flags.has('avx512_bf16') || flags.has('amx_bf16'));
}

/** What `ONEDNN_MAX_CPU_ISA` is set to where oneDNN may multiply tiles. */
const ISA_WITH_TILES = /^(DEFAULT|ALL|.*_AMX.*)$/i;

/** Whether TensorFlow has the processor multiply tiles of bfloat16 numbers (AMX), as far as the environment allows it. */
export function multipliesTiles(
  flags: ReadonlySet<string> = cpuFlags(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return ISA_WITH_TILES.test(isaLimit(environment)) && flags.has('amx_bf16');
}

function isaLimit(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.ONEDNN_MAX_CPU_ISA || environment.DNNL_MAX_CPU_ISA || 'DEFAULT';
}
