/** What a probe sees of a sample: looks of [N, D] features each. */
export interface FeatureLayout {
  /**
   * How often a probe looks at a sample: once for each view, and once for each clip of a view where it does not attend
   * across segments. Its answers are averaged.
   */
  looks: number;
  /** N, tokens of one look; those of all segments where the probe attends across them. */
  tokens: number;
  /** D */
  width: number;
}

/** How the clips of a sample become looks. */
export interface ClipArrangement {
  /** K, clips of a sample along time. */
  segments: number;
  /** V, spatial crops of each clip. */
  views: number;
  attendAcrossSegments: boolean;
}

/** Looks and tokens of a sample whose clips have `clipTokens` tokens of `width` numbers each. */
export function layoutOf(
  { segments, views, attendAcrossSegments }: ClipArrangement,
  clipTokens: number,
  width: number,
): FeatureLayout {
  return attendAcrossSegments
    ? { looks: views, tokens: segments * clipTokens, width }
    : { looks: views * segments, tokens: clipTokens, width };
}

/**
 * Puts the clips of each sample in the order of its looks: a view's segments one after the other in time, then the
 * next view. [B, K, V, N, D] -> [B, V, K, N, D]. What `aggregateSegments` does with tensors of each segment and view.
 *
 * @param clipLength values of a clip, N * D
 */
export function arrangeClips(
  features: Float32Array,
  { segments, views }: Pick<ClipArrangement, 'segments' | 'views'>,
  clipLength: number,
): Float32Array {
  if (segments === 1 || views === 1) return features;
  const arranged = new Float32Array(features.length);
  const samples = features.length / (segments * views * clipLength);
  for (let b = 0; b < samples; b++) {
    for (let k = 0; k < segments; k++) {
      for (let v = 0; v < views; v++) {
        const from = ((b * segments + k) * views + v) * clipLength;
        const to = ((b * views + v) * segments + k) * clipLength;
        arranged.set(features.subarray(from, from + clipLength), to);
      }
    }
  }
  return arranged;
}

/** The label of each look: [B] -> [B * looks]. */
export function labelsOfLooks(labels: Int32Array, looks: number): Int32Array {
  return looks === 1
    ? labels
    : Int32Array.from({ length: labels.length * looks }, (_, i) => labels[Math.floor(i / looks)]!);
}

/** Answers averaged over the looks at each sample: [B * looks, C] -> [B, C], in double precision. */
export function meanOverLooks(answers: ArrayLike<number>, classes: number, looks: number): Float64Array {
  const rows = answers.length / classes;
  const means = new Float64Array((rows / looks) * classes);
  for (let row = 0; row < rows; row++) {
    const to = Math.floor(row / looks) * classes;
    for (let c = 0; c < classes; c++) means[to + c]! += answers[row * classes + c]! / looks;
  }
  return means;
}

/** Clips averaged over their tokens: [n, N, D] -> [n, D], summed in double precision. */
export function meanOverTokens(features: Float32Array, tokens: number, width: number): Float32Array {
  const rows = features.length / (tokens * width);
  const means = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let d = 0; d < width; d++) {
      let sum = 0;
      for (let t = 0; t < tokens; t++) sum += features[(row * tokens + t) * width + d]!;
      means[row * width + d] = sum / tokens;
    }
  }
  return means;
}
