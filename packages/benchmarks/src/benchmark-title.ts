import { type BenchmarkName, PROTOCOLS } from './protocols.js';
import { VJEPA2_PROTOCOLS } from './vjepa2-protocols.js';

/** A benchmark's name as papers write it. */
export function benchmarkTitle(benchmark: BenchmarkName): string {
  const all: Readonly<Record<BenchmarkName, { title: string }>> = { ...VJEPA2_PROTOCOLS, ...PROTOCOLS };
  return all[benchmark].title;
}
