import type { FusedKernel } from './fused-kernel.js';

/** The operation that stands for it until the graph is emitted, when the values of all replicas are there. */
export const ACROSS_REPLICAS = 'AcrossReplicas';

/** What is made of the replicas' values; `opposite` is that of the replica at the other end of the batch. */
export type AcrossReplicas = 'mean' | 'sum' | 'minimum' | 'opposite';

function fusedKernel(name: string, value: AcrossReplicas): FusedKernel {
  return {
    name,
    inputs: ['x'],
    results: ([x]) => [x!],
    lower: ([x], _attributes, { writer: w }) =>
      w.write(ACROSS_REPLICAS, { how: { kind: 'string', value } }, [x!], [x!]),
  };
}

/** What the replicas of a function that runs on several devices tell each other. */
export const ACROSS_REPLICAS_KERNELS: readonly FusedKernel[] = [
  fusedKernel('VjepaMeanOverReplicas', 'mean'),
  fusedKernel('VjepaSumOverReplicas', 'sum'),
  fusedKernel('VjepaMinimumOverReplicas', 'minimum'),
  fusedKernel('VjepaOppositeReplica', 'opposite'),
];
