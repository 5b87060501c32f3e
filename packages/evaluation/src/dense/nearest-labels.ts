/** How labels go from frame to frame. */
export interface PropagationSettings {
  /** k, the patches whose labels a patch takes over. Default 5. */
  neighbours?: number | undefined;
  /** How many frames before a frame it is compared with, beside the first. Default 7. */
  lastFrames?: number | undefined;
  /** Rows and columns that a patch may be away from one whose label it takes over, in patches. Default 12. */
  radius?: number | undefined;
  /** Of the softmax over the neighbours' similarities. Default 0.1. */
  temperature?: number | undefined;
}

/** As DINO evaluates on DAVIS (Caron et al. 2021, section 4.2.2; Jabri et al. 2020). */
export const PROPAGATION_DEFAULTS = {
  neighbours: 5,
  lastFrames: 7,
  radius: 12,
  temperature: 0.1,
} as const satisfies Required<PropagationSettings>;

/** A frame whose labels are known, seen from the frame that is asked. */
export interface ContextFrame {
  /** [N, N]: cosine similarity of each patch of the frame that is asked (row) with each of this one. */
  similarities: Float32Array;
  /** [N, C]: shares of the classes. */
  labels: Float32Array;
}

/**
 * The labels of a frame's patches: means of those of the k patches most alike among all context frames and within the radius,
 * weighted by the softmax of their similarities.
 *
 * @param grid rows and columns of the patches, N in all
 * @returns [N, C]
 * @throws RangeError for no context, and for lengths that do not fit
 */
export function nearestLabels(
  context: readonly ContextFrame[],
  grid: { height: number; width: number },
  {
    neighbours = PROPAGATION_DEFAULTS.neighbours,
    radius = PROPAGATION_DEFAULTS.radius,
    temperature = PROPAGATION_DEFAULTS.temperature,
  }: PropagationSettings = {},
): Float32Array {
  const N = grid.height * grid.width;
  const C = requireFrames(context, N);
  const labels = new Float32Array(N * C);
  const nearest = new NearestPatches(neighbours);
  for (let query = 0; query < N; query++) {
    nearest.clear();
    const [row, column] = [Math.floor(query / grid.width), query % grid.width];
    const [top, bottom] = [Math.max(0, row - radius), Math.min(grid.height - 1, row + radius)];
    const [left, right] = [Math.max(0, column - radius), Math.min(grid.width - 1, column + radius)];
    for (const [frame, { similarities }] of context.entries()) {
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const patch = y * grid.width + x;
          nearest.offer(similarities[query * N + patch]!, frame * N + patch);
        }
      }
    }
    const largest = nearest.similarities[0]!;
    let total = 0;
    for (let i = 0; i < nearest.count; i++) {
      const weight = Math.exp((nearest.similarities[i]! - largest) / temperature);
      const [frame, patch] = [Math.floor(nearest.places[i]! / N), nearest.places[i]! % N];
      for (let c = 0; c < C; c++) labels[query * C + c]! += weight * context[frame]!.labels[patch * C + c]!;
      total += weight;
    }
    for (let c = 0; c < C; c++) labels[query * C + c]! /= total;
  }
  return labels;
}

/** The number of classes. */
function requireFrames(context: readonly ContextFrame[], patches: number): number {
  if (context.length === 0) throw new RangeError('a frame’s labels come from other frames, and there are none');
  const C = context[0]!.labels.length / patches;
  for (const { similarities, labels } of context) {
    if (similarities.length !== patches ** 2 || labels.length !== C * patches || !Number.isInteger(C)) {
      const found = `${similarities.length} similarities and ${labels.length} labels`;
      throw new RangeError(`${found}, expected ${patches} x ${patches} and ${patches} x classes`);
    }
  }
  return C;
}

/** The k most alike so far, the most alike first. */
class NearestPatches {
  count = 0;
  readonly similarities: Float64Array;
  readonly places: Int32Array;

  constructor(k: number) {
    this.similarities = new Float64Array(k);
    this.places = new Int32Array(k);
  }

  clear(): void {
    this.count = 0;
  }

  /** Of patches that are equally alike the first stays. */
  offer(similarity: number, place: number): void {
    const { similarities, places } = this;
    const full = this.count === similarities.length;
    if (full && !(similarity > similarities[this.count - 1]!)) return;
    let at = full ? this.count - 1 : this.count++;
    for (; at > 0 && similarity > similarities[at - 1]!; at--) {
      similarities[at] = similarities[at - 1]!;
      places[at] = places[at - 1]!;
    }
    similarities[at] = similarity;
    places[at] = place;
  }
}
