import type { CutState } from './cut-state.js';

/** What devices exchange in a step, all exchanges of a kind together. */
export interface Exchange {
  kind: 'all-reduce' | 'all-gather' | 'reduce-scatter';
  /** Bytes that a device gives; of a gathering, which makes more of it, what it gets. */
  bytes: number;
  /** In about so many exchanges. */
  count: number;
}

/** XLA joins exchanges to about this much (52 of ViT-L's 1,304 MB; of ViT-g's state in parts 244 of 6,153 and 18 of 4,135). */
const JOINED_BYTES = { 'all-reduce': 25e6, 'all-gather': 25e6, 'reduce-scatter': 230e6 };

const FLOAT32 = 4;

/**
 * What XLA's program of a step exchanges, as it was counted in programs compiled ahead of time (docs/cuda.md). Gradients of matrices
 * are added up over the devices as the products leave them, once for each mask, those of vectors in float32 and once; of a state in
 * parts, each device gets its part of the sums (reduce-scatter), and weights are gathered: those that are trained for the forward
 * and again for the backward pass, the others once.
 *
 * @param state as devices have it: cut for so many, or whole
 * @param operandBytes of a product's operands: 2 in bfloat16
 * @param passes forward and backward passes of a step: masks, times parts of an accumulation
 * @param accumulationSteps programs of a step, each of which gathers for itself
 */
export function stepExchanges(
  state: CutState,
  { operandBytes, passes, accumulationSteps }: { operandBytes: number; passes: number; accumulationSteps: number },
): Exchange[] {
  const { trained, target, teacher, frozen, patchEmbedding } = state;
  const gathered =
    operandBytes * (2 * trained.cut - patchEmbedding.cut + target.cut + teacher.cut) + FLOAT32 * frozen.cut;
  return [
    exchange('all-gather', accumulationSteps * gathered),
    exchange('reduce-scatter', passes * operandBytes * trained.cut),
    exchange('all-reduce', passes * operandBytes * trained.matrices + accumulationSteps * FLOAT32 * trained.vectors),
  ].filter(({ bytes }) => bytes > 0);
}

function exchange(kind: Exchange['kind'], bytes: number): Exchange {
  return { kind, bytes, count: Math.ceil(bytes / JOINED_BYTES[kind]) };
}
