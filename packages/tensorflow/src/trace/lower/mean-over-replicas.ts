import type { Piece } from './piece.js';

/** The operation that stands for it until the graph is emitted, when there is something to take the mean of. */
export const REPLICA_MEAN = 'ReplicaMean';

/** x, averaged over the replicas of a function that runs on several devices; x itself on one. */
export const meanOverReplicasPiece: Piece = {
  name: 'VjepaMeanOverReplicas',
  inputs: ['x'],
  results: ([x]) => [x!],
  lower: ([x], _attributes, { writer: w }) => w.write(REPLICA_MEAN, {}, [x!], [x!]),
};
