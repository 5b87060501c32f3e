import type { Piece } from './piece.js';

/** The operation that stands for it until the graph is emitted, when the values of all replicas are there. */
export const ACROSS_REPLICAS = 'AcrossReplicas';

/** What is made of the replicas' values; `opposite` is that of the replica at the other end of the batch. */
export type AcrossReplicas = 'mean' | 'sum' | 'minimum' | 'opposite';

function piece(name: string, value: AcrossReplicas): Piece {
  return {
    name,
    inputs: ['x'],
    results: ([x]) => [x!],
    lower: ([x], _attributes, { writer: w }) =>
      w.write(ACROSS_REPLICAS, { how: { kind: 'string', value } }, [x!], [x!]),
  };
}

/** What the replicas of a function that runs on several devices tell each other. */
export const ACROSS_REPLICAS_PIECES: readonly Piece[] = [
  piece('VjepaMeanOverReplicas', 'mean'),
  piece('VjepaSumOverReplicas', 'sum'),
  piece('VjepaMinimumOverReplicas', 'minimum'),
  piece('VjepaOppositeReplica', 'opposite'),
];
