import type { HostTensor } from '@vjepa/tensorflow';

/** The single number in a tensor of one element. */
export function scalarOf(tensor: HostTensor): number {
  return Number(tensor.data[0]);
}
