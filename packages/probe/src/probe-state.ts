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
