import type { FloatTensor } from '@vjepa/engine';
import { initialMoments, initialSums } from '@vjepa/optim';
import type { Parameters } from '@vjepa/vit';

/** What a probe is asked with: the parameters of each probe, and of a frozen encoder where there is one. */
export type ProbeParametersState = { encoder?: Parameters | undefined; probe: Parameters[] };

/** What training probes changes from step to step, and the frozen encoder. */
export type ProbeState = ProbeParametersState & {
  expAvg: { probe: Parameters[] };
  expAvgSq: { probe: Parameters[] };
  /** Where batches come in parts: gradients of the parts so far, added up. */
  gradient?: { probe: Parameters[] } | undefined;
};

/**
 * The state of `probeTrainingStep`, AdamW's moments at zero.
 *
 * @param probes the parameters of each probe; several may start from the same arrays, which backends copy
 * @param encoder left out when the probes train on features computed before
 */
export function initialProbeState(probes: Record<string, FloatTensor>[], encoder?: Record<string, FloatTensor>) {
  return { ...(encoder && { encoder }), probe: probes, ...initialMoments({ probe: probes }) };
}

/** The sums of `probeTrainingStep` for batches in parts, at zero, beside the rest of the state. */
export function initialGradients({ probe }: { probe: Record<string, FloatTensor>[] }) {
  return { gradient: initialSums({ probe }) };
}
