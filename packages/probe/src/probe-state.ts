import { type FloatTensor, putBelow, takeBranch } from '@vjepa/engine';
import { initialMoments } from '@vjepa/optim';

/**
 * The state of `probeTrainingStep`: `probe.<i>.*` with AdamW's moments at zero, and the frozen `encoder.*`.
 *
 * @param probes the parameters of each probe; several may start from the same arrays, which backends copy
 * @param encoder left out when the probes train on features computed before
 */
export function initialProbeState(
  probes: Record<string, FloatTensor>[],
  encoder?: Record<string, FloatTensor>,
): Record<string, FloatTensor> {
  const parameters = Object.assign({}, ...probes.map((probe, i) => putBelow(`probe.${i}`, probe)));
  return { ...putBelow('encoder', encoder ?? {}), ...parameters, ...initialMoments(parameters) };
}

/** The sums of `probeTrainingStep` with `accumulate`: `gradient.probe.<i>.*` at zero, beside the rest of the state. */
export function initialGradients(state: Record<string, FloatTensor>): Record<string, FloatTensor> {
  const probes = putBelow('probe', takeBranch(state, 'probe'));
  return Object.fromEntries(
    Object.entries(probes).map(([name, { shape, data }]) => [
      `gradient.${name}`,
      { shape, data: new Float32Array(data.length) },
    ]),
  );
}
