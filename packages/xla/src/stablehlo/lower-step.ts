import { type LoweredGraph, lowerTrace, type Trace } from '@vjepa/trace';

/** Lowers a trace to operations that have translations, for programs of fixed sizes whose new state is a result. */
export function lowerStep(
  trace: Trace,
  precision: 'float32' | 'bfloat16' = 'float32',
  fusedAttention = false,
  parts = 1,
): LoweredGraph {
  return lowerTrace(trace, {
    ...{
      precision,
      fusedAttention,
      parts,
      xla: true,
      nativeBfloat16: true,
      ownOperations: true,
      inPlace: false,
      likelyLengths: [],
    },
    hasKernel: () => false,
    isStateful: () => false,
  });
}
