import { initialMoments } from '@vjepa/jepa';
import type { HostTensor } from '@vjepa/vit';

/**
 * The state of `probeTrainingStep`: `probe.<i>.*` with AdamW's moments at zero, and the frozen `encoder.*`.
 *
 * @param probes the parameters of each probe; several may start from the same arrays, which backends copy
 * @param encoder left out when the probes train on features computed before
 */
export function initialProbeState(
  probes: Record<string, HostTensor>[],
  encoder?: Record<string, HostTensor>,
): Record<string, HostTensor> {
  const parameters: Record<string, HostTensor> = {};
  probes.forEach((probe, i) => {
    for (const [name, tensor] of Object.entries(probe)) parameters[`probe.${i}.${name}`] = tensor;
  });
  const frozen = Object.entries(encoder ?? {}).map(([name, tensor]): [string, HostTensor] => [
    `encoder.${name}`,
    tensor,
  ]);
  return { ...Object.fromEntries(frozen), ...parameters, ...initialMoments(parameters) };
}

/** The sums of `probeTrainingStep` with `accumulate`: `gradient.probe.<i>.*` at zero, beside the rest of the state. */
export function initialGradients(state: Record<string, HostTensor>): Record<string, HostTensor> {
  const probes = Object.entries(state).filter(([name]) => name.startsWith('probe.'));
  return Object.fromEntries(
    probes.map(([name, { shape, data }]) => [`gradient.${name}`, { shape, data: new Float32Array(data.length) }]),
  );
}
